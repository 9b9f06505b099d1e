package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** Resolves {@code ..} in paths as the operating system does. */
public final class RealPath {
    private static final String UP = "..";

    private RealPath() {}

    /**
     * Returns a path without {@code ..}. After a link, {@code ..} is the folder above the link's target, while
     * {@link Path#normalize()} removes the link's name. A folder that does not exist yet and would be created on the way
     * disappears with its {@code ..}.
     *
     * @return the same path if it has no {@code ..}
     * @throws IOException if a folder on the way cannot be read
     */
    public static Path of(Path path) throws IOException {
        if (StreamSupport.stream(path.spliterator(), false)
                .noneMatch(name -> name.toString().equals(UP))) {
            return path;
        }
        Path absolute = path.toAbsolutePath();
        Path real = absolute.getRoot();
        for (Path name : absolute) {
            if (name.toString().equals(UP)) {
                real = real.getParent() == null ? real : real.getParent();
            } else {
                Path next = real.resolve(name);
                real = Files.exists(next) ? next.toRealPath() : next;
            }
        }
        return real;
    }
}
