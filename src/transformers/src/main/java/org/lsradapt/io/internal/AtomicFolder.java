package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes a folder as a whole: whatever fails and whenever the process dies, all that belongs to it is there or nothing. */
public final class AtomicFolder {

    /** Writes a folder's content. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to a folder that it makes. */
        void writeTo(Path folder) throws IOException;
    }

    /** The prefix of the folder that is written inside another. */
    private static final String INSIDE = ".content.";

    private AtomicFolder() {}

    /**
     * Has a folder written under another name beside it and moves it to its place. If anything fails there is nothing
     * new; what a killed process left beside it goes with the next writing of the same folder.
     *
     * <p>An empty folder that is there already stays the one that it is, with its permissions: entries are moved into it one by
     * one at the end, and a process killed in that instant leaves some of them, each whole. Where nothing can be written beside
     * it or moved from there, as with a container's mounted volume or a folder of somebody else, they are written inside.
     *
     * @param target the folder, empty or not there yet; its parents are made
     * @param content writes it; if it makes no folder there will be none
     * @throws IOException if there is something in the folder's place, when it is named, also if that came while the content
     *     was written; or if writing or moving fails
     */
    public static void write(Path target, Content content) throws IOException {
        if (!isFree(target)) {
            throw new IOException(
                    target + ": the folder is not empty, expected a folder that is empty or does not exist yet");
        }
        boolean empty = Files.isDirectory(target);
        Path whole = empty
                ? target.toRealPath()
                : RealPath.of(target).toAbsolutePath().normalize();
        if (!empty) {
            Files.createDirectories(whole.getParent());
        }
        try (TemporaryFolder temporary = empty ? near(whole) : beside(whole)) {
            Path written = temporary.path().resolve("content");
            content.writeTo(written);
            if (!Files.exists(written)) {
                return;
            }
            if (!empty) {
                moveWhole(written, whole);
            } else if (holdsNothingBut(whole, temporary.path())) {
                moveEntries(written, whole);
            } else {
                throw taken(whole, null);
            }
        }
    }

    private static TemporaryFolder beside(Path whole) throws IOException {
        return TemporaryFolder.create(whole.getParent(), "." + whole.getFileName() + ".");
    }

    /** Beside an empty folder if entries can be moved from there, else inside. */
    private static TemporaryFolder near(Path whole) throws IOException {
        if (whole.getParent() != null) {
            try {
                TemporaryFolder temporary = beside(whole);
                if (reaches(temporary, whole)) {
                    return temporary;
                }
                temporary.close();
            } catch (FileSystemException e) {
                // Nothing can be written there.
                return TemporaryFolder.create(whole, INSIDE);
            }
        }
        return TemporaryFolder.create(whole, INSIDE);
    }

    /** Whether entries can be moved into a folder, seen by doing it. */
    private static boolean reaches(TemporaryFolder from, Path whole) throws IOException {
        Path entry = Files.createDirectory(from.file("entry"));
        Path moved = whole.resolve(from.path().getFileName());
        try {
            Files.move(entry, moved, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            return false;
        }
        Files.delete(moved);
        return true;
    }

    /** A folder to where there is nothing; it would replace an empty folder, and nothing else. */
    private static void moveWhole(Path written, Path whole) throws IOException {
        try {
            Files.move(written, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            throw Files.exists(whole, LinkOption.NOFOLLOW_LINKS) ? taken(whole, e) : e;
        }
    }

    private static IOException taken(Path whole, @Nullable IOException cause) {
        return new IOException(
                whole + ": cannot be written: there is something in its place by now; nothing was overwritten", cause);
    }

    private static boolean holdsNothingBut(Path whole, Path temporary) throws IOException {
        try (Stream<Path> entries = Files.list(whole)) {
            return entries.allMatch(entry -> entry.equals(temporary));
        }
    }

    private static void moveEntries(Path from, Path to) throws IOException {
        List<Path> entries;
        try (Stream<Path> all = Files.list(from)) {
            entries = all.sorted().toList();
        }
        for (Path entry : entries) {
            Files.move(entry, to.resolve(entry.getFileName()));
        }
    }

    /**
     * Whether a folder can be written: it is not there, or is empty but for what a killed process left there, which is removed.
     * A link that leads nowhere is there.
     *
     * @param folder the folder
     * @throws IOException if it cannot be listed
     */
    public static boolean isFree(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            TemporaryFolder.removeAbandoned(folder, INSIDE);
        }
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
