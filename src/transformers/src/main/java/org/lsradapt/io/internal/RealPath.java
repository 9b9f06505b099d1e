package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** Paths with {@code ..} in them as the operating system takes them. */
public final class RealPath {
    private static final String UP = "..";

    private RealPath() {}

    /**
     * A path without {@code ..}, which {@link Path#normalize()} would take for the folder above in the path: behind a link it is
     * the folder above the one that the link leads to. Folders that do not exist yet, to be made on the way, are left out.
     *
     * @param path of anything or nothing
     * @return the same where it has none
     * @throws IOException if what is on the way cannot be looked at
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
