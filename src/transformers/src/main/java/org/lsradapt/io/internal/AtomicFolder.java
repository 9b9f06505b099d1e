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

/** Writes a folder as a whole: after any failure or the end of the process, the whole folder is there or nothing. */
public final class AtomicFolder {

    @FunctionalInterface
    public interface Content {
        /** Creates the folder and writes everything into it. */
        void writeTo(Path folder) throws IOException;
    }

    /** The prefix of a temporary folder inside the target. */
    private static final String INSIDE = ".content.";

    private AtomicFolder() {}

    /**
     * Has a folder written with another name next to the target and moves it to its place. If anything fails, nothing
     * new is there. The next write of the same folder removes what a killed process left next to it.
     *
     * <p>An empty target folder that exists stays, with its permissions. Entries are moved into it one by one at the
     * end; a process killed in that instant leaves some of them, each complete. If its parent cannot be written, or
     * moves from there fail, entries are written inside the target. Examples are a container's mounted volume or
     * another user's folder.
     *
     * @param target the folder, empty or nonexistent; its parents are created
     * @param content writes the folder; if it creates no folder, there will be none
     * @throws IOException if something is in the folder's place, even if it came while the content was written; the
     *     message names it. Also if writing or moving fails
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

    /** Creates a temporary folder next to an empty folder if entries can be moved from there, else inside. */
    private static TemporaryFolder near(Path whole) throws IOException {
        if (whole.getParent() != null) {
            try {
                TemporaryFolder temporary = beside(whole);
                if (reaches(temporary, whole)) {
                    return temporary;
                }
                temporary.close();
            } catch (FileSystemException e) {
                // The parent cannot be written.
                return TemporaryFolder.create(whole, INSIDE);
            }
        }
        return TemporaryFolder.create(whole, INSIDE);
    }

    /** Whether entries can be moved into a folder; tries it with one entry. */
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

    /** Moves a folder to a free place; the move could replace an empty folder, but nothing else. */
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
     * Whether a folder can be written: it does not exist, or it is empty except for leftovers of killed processes,
     * which are removed. A link to a nonexistent target counts as existing.
     *
     * @throws IOException if it cannot be listed
     */
    public static boolean isFree(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            TemporaryFolder.removeAbandoned(folder, INSIDE);
        }
        return !Files.exists(folder, LinkOption.NOFOLLOW_LINKS) || isEmpty(folder);
    }

    /** Whether the folder exists and is empty. */
    public static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }
}
