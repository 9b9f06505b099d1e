package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resolves a store's path to one name, whatever links lead to it. */
final class StorePath {
    private StorePath() {}

    /** The real path of a store that exists or is about to be made; refuses a file with a second name. */
    static Path real(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (Files.isDirectory(path)) {
            throw new IOException(path + ": is a folder, expected a store's file");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(path + ": cannot be opened, there is no folder " + folder);
        }
        if (!Files.exists(path)) {
            if (Files.isSymbolicLink(path)) {
                throw new IOException(
                        path + ": is a link to " + Files.readSymbolicLink(path) + ", which does not exist");
            }
            return folder.toRealPath().resolve(path.getFileName());
        }
        Path real = path.toRealPath();
        int names = names(real);
        if (names > 1) {
            throw new IOException(
                    path + ": has " + names + " names (hard links), expected one: two processes could open"
                            + " it by different names; copy it, or remove the others");
        }
        return real;
    }

    private static int names(Path file) throws IOException {
        try {
            return (Integer) Files.getAttribute(file, "unix:nlink");
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            // The file system does not count links.
            return 1;
        }
    }

    /** Gives the replacement of a file the same access. */
    static void copyPermissions(Path from, Path to) throws IOException {
        try {
            Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
        } catch (UnsupportedOperationException e) {
            // The file system has no such permissions; the folder's access applies to both.
            return;
        }
    }
}
