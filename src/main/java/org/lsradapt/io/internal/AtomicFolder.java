package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Writes a folder as a whole: whatever fails and whenever the process dies, all that belongs to it is there or nothing. */
public final class AtomicFolder {

    /** What is written to a folder. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to a folder that it makes. */
        void writeTo(Path folder) throws IOException;
    }

    private AtomicFolder() {}

    /**
     * Has a folder written under another name beside it and moves it to its place. If anything fails there is nothing
     * new; what a killed process left beside it goes with the next writing of the same folder.
     *
     * @param target the folder, empty or not there yet; its parents are made
     * @param content writes it; if it makes no folder there will be none
     * @throws IOException if there is something in the folder's place, when it is named; or if writing or moving fails
     */
    public static void write(Path target, Content content) throws IOException {
        if (!isFree(target)) {
            throw new IOException(
                    target + ": the folder is not empty, expected a folder that is empty or does not exist yet");
        }
        Path whole = Files.isDirectory(target) ? target.toRealPath() : target.toAbsolutePath().normalize();
        Files.createDirectories(whole.getParent());
        try (TemporaryFolder temporary =
                TemporaryFolder.create(whole.getParent(), "." + whole.getFileName() + ".")) {
            Path written = temporary.path().resolve("content");
            content.writeTo(written);
            if (Files.exists(written)) {
                Files.deleteIfExists(whole);
                Files.move(written, whole, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /**
     * Whether a folder can be written: it is not there, or is empty.
     *
     * @param folder the folder
     * @throws IOException if it cannot be listed
     */
    public static boolean isFree(Path folder) throws IOException {
        return !Files.exists(folder) || isEmpty(folder);
    }

    /**
     * Whether there is a folder with nothing in it.
     *
     * @param folder the folder
     * @throws IOException if it cannot be listed
     */
    public static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }
}
