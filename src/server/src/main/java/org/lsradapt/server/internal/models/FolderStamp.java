package org.lsradapt.server.internal.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The state of an adapter's files, by which a replaced adapter is noticed without reading it.
 *
 * @param files name, size, time and key of each file
 */
record FolderStamp(List<String> files) {

    /** Returns the state of a folder; empty if it cannot be read, as while it is replaced. */
    static Optional<FolderStamp> of(Path folder) {
        try (Stream<Path> paths = Files.list(folder)) {
            List<String> files = new ArrayList<>();
            for (Path path : paths.sorted().toList()) {
                BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
                files.add(
                        path.getFileName() + " " + file.size() + " " + file.lastModifiedTime() + " " + file.fileKey());
            }
            return Optional.of(new FolderStamp(files));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
