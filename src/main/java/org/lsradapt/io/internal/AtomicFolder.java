package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
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
     * <p>An empty folder that cannot be replaced, such as a container's mounted volume or one in a folder of somebody
     * else, is written inside and its entries moved up one by one at the end: a process killed in that instant leaves
     * some of them, each whole.
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
        boolean empty = Files.isDirectory(target);
        Path whole = empty ? target.toRealPath() : RealPath.of(target).toAbsolutePath().normalize();
        boolean inside = empty && !isReplaceable(whole);
        Path parent = inside ? whole : whole.getParent();
        Files.createDirectories(parent);
        try (TemporaryFolder temporary = TemporaryFolder.create(parent, "." + whole.getFileName() + ".")) {
            Path written = temporary.path().resolve("content");
            content.writeTo(written);
            if (!Files.exists(written)) {
                return;
            }
            if (inside) {
                moveEntries(written, whole);
            } else {
                replace(written, whole);
            }
        }
    }

    /**
     * Moves a folder into a place where there is nothing, or an empty one. That is removed only where the move does not
     * replace it: what has come to be there by now, of any kind, is never deleted.
     */
    private static void replace(Path written, Path whole) throws IOException {
        try {
            Files.move(written, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.exists(whole, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            if (!Files.isDirectory(whole, LinkOption.NOFOLLOW_LINKS) || !isEmpty(whole)) {
                throw new IOException(
                        whole + ": cannot be written: there is something of this name by now; nothing was overwritten", e);
            }
            Files.delete(whole);
            Files.move(written, whole, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Whether an empty folder can be removed, seen by doing it; it is there again afterwards. */
    private static boolean isReplaceable(Path folder) throws IOException {
        try {
            Files.delete(folder);
        } catch (DirectoryNotEmptyException e) {
            throw e;
        } catch (FileSystemException e) {
            return false;
        }
        Files.createDirectory(folder);
        return true;
    }

    private static void moveEntries(Path from, Path to) throws IOException {
        List<Path> entries;
        try (Stream<Path> all = Files.list(from)) {
            entries = all.sorted().toList();
        }
        for (Path entry : entries) {
            Files.move(entry, to.resolve(entry.getFileName()), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /**
     * Whether a folder can be written: it is not there, or is empty. A link that leads nowhere is there.
     *
     * @param folder the folder
     * @throws IOException if it cannot be listed
     */
    public static boolean isFree(Path folder) throws IOException {
        return !Files.exists(folder, LinkOption.NOFOLLOW_LINKS) || isEmpty(folder);
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
