package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces a file as a whole: after a crash at any moment, the file has the old or the new content, never a part. */
public final class AtomicFile {

    @FunctionalInterface
    public interface Content {
        /** Writes everything to the channel, which the caller closes. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /** The temporary files that this process is writing; opening one would release its lock. */
    private static final Set<Path> WRITING = ConcurrentHashMap.newKeySet();

    /** The time that a new file may be without content and lock, in milliseconds. */
    private static final long BEGINNING = 5000;

    /** A temporary file's name: the target's name, the writing process's number, and a unique part. */
    private static final Pattern TEMPORARY =
            Pattern.compile("\\.(.+)\\.(\\d{1,18})-\\p{XDigit}{8}(?:-\\p{XDigit}{4}){3}-\\p{XDigit}{12}\\.tmp");

    private AtomicFile() {}

    /**
     * Writes to a temporary file in the target's folder, forces it to the disk and moves it over the target. If
     * anything fails, the target is unchanged and the temporary file is deleted. The next write of the same target
     * removes a temporary file that a killed process left.
     *
     * @param target the file to create or replace; its folder must exist
     * @throws IOException if the folder does not exist, or writing or moving fails; the message names the target
     */
    public static void write(Path target, Content content) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(target + ": cannot be written, there is not a folder " + folder);
        }
        if (Files.isDirectory(target)) {
            throw new IOException(target + ": cannot be written, it is a folder");
        }
        String name = target.getFileName().toString();
        removeLeftovers(folder, name::equals);
        Path temporary = folder.toRealPath()
                .resolve("." + name + "." + ProcessHandle.current().pid() + "-" + UUID.randomUUID() + ".tmp");
        WRITING.add(temporary);
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                lock(channel);
                content.writeTo(channel);
                channel.force(true);
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new IOException(target + ": cannot be written: " + FailureText.of(e), e);
        } finally {
            Files.deleteIfExists(temporary);
            WRITING.remove(temporary);
        }
        forceFolder(folder);
    }

    /**
     * Takes the lock that shows other processes that the file's owner is running. On a file system without locks,
     * nothing shows that, and nothing counts as abandoned.
     */
    static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
        }
    }

    /** Removes temporary files that killed processes left for these targets. */
    public static void removeLeftovers(Path folder, Predicate<String> targets) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, file -> isTemporary(file, targets))) {
            for (Path file : files) {
                if (!WRITING.contains(file.toRealPath()) && isAbandoned(file)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing depends on it: a file that cannot be removed stays.
            return;
        }
    }

    private static boolean isTemporary(Path file, Predicate<String> targets) {
        Matcher parts = TEMPORARY.matcher(file.getFileName().toString());
        return parts.matches() && targets.test(parts.group(1)) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isAbandoned(Path file) throws IOException {
        long age = System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis();
        if (Files.size(file) == 0 && age < BEGINNING && isRunning(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return lock(channel);
        }
    }

    /** Whether the process that created a temporary file is running; it may not have its lock yet. */
    private static boolean isRunning(Path file) {
        Matcher parts = TEMPORARY.matcher(file.getFileName().toString());
        return parts.matches()
                && ProcessHandle.of(Long.parseLong(parts.group(2))).isPresent();
    }

    /** Like {@link #write(Path, Content)}, with content in memory. */
    public static void write(Path target, byte[] content) throws IOException {
        write(target, channel -> {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        });
    }

    /** Makes the move itself durable. Where a folder cannot be opened (Windows), the file system does that. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The new content is complete and in place; only the moment when its name reaches the disk is open.
            return;
        }
    }
}
