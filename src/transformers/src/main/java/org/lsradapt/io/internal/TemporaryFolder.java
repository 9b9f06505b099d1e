package org.lsradapt.io.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A folder of files that are needed while something is open. It goes when it is closed, at the latest with the JVM;
 * where that was killed, the next folder of the same kind that anyone makes takes it along.
 */
public final class TemporaryFolder implements Closeable {

    private static final String LOCK = ".lsr-adapt-in-use";

    /** Those of this process; opening another one's lock file would release its lock. */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::deleteOpen, "temporary folders"));
    }

    /** How long a new folder may be without a lock, in milliseconds. */
    private static final long BEGINNING = 5_000;

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes a folder, and removes those of killed processes.
     *
     * @param parent where, such as {@code java.io.tmpdir}
     * @param kind what its name begins with
     * @throws IOException if it cannot be made
     */
    public static TemporaryFolder create(Path parent, String kind) throws IOException {
        removeAbandoned(parent, kind);
        Path path = Files.createTempDirectory(parent, kind).toRealPath();
        OPEN.add(path);
        try {
            Path file = path.resolve(LOCK);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            isFree(channel);
            return new TemporaryFolder(path, channel);
        } catch (IOException e) {
            OPEN.remove(path);
            delete(path);
            throw e;
        }
    }

    /** A file of the folder, to be written. */
    public Path file(String name) {
        return path.resolve(name);
    }

    /** The folder. */
    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        lock.close();
        delete(path);
        OPEN.remove(path);
    }

    /** Removes folders of a kind that killed processes left. */
    static void removeAbandoned(Path parent, String kind) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(
                parent,
                folder -> folder.getFileName().toString().startsWith(kind)
                        && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))) {
            for (Path folder : folders) {
                removeIfAbandoned(folder);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing depends on it: what cannot be listed now stays.
            return;
        }
    }

    private static void removeIfAbandoned(Path folder) {
        try {
            if (!OPEN.contains(folder.toRealPath()) && isAbandoned(folder)) {
                delete(folder);
            }
        } catch (IOException e) {
            // Another user's, or taken away by another process.
            return;
        }
    }

    private static boolean isAbandoned(Path folder) throws IOException {
        long age =
                System.currentTimeMillis() - Files.getLastModifiedTime(folder).toMillis();
        Path file = folder.resolve(LOCK);
        if (age < BEGINNING || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return isFree(channel);
        }
    }

    /** Takes the lock that tells that its owner lives; where a file system has none, nothing is ever abandoned. */
    private static boolean isFree(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
        }
    }

    private static void deleteOpen() {
        OPEN.forEach(TemporaryFolder::deleteIfPossible);
    }

    private static void deleteIfPossible(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            // Whoever is ended by a signal may still write: the lock file is there then, and the next folder takes both
            // along.
            return;
        }
    }

    /** The lock file goes last, and is there again if the folder stays: without it nobody would take the folder along. */
    private static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path lock = folder.resolve(LOCK);
        Files.walkFileTree(folder, new Deletion(folder, lock));
        Files.deleteIfExists(lock);
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            Files.createFile(lock);
            throw e;
        }
    }

    /** Deletes what a folder holds but its lock file; what someone else deletes meanwhile is deleted too. */
    private static final class Deletion extends SimpleFileVisitor<Path> {

        private final Path folder;
        private final Path lock;

        Deletion(Path folder, Path lock) {
            this.folder = folder;
            this.lock = lock;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (!file.equals(lock)) {
                Files.deleteIfExists(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null && !(failure instanceof NoSuchFileException)) {
                throw failure;
            }
            if (!directory.equals(folder)) {
                Files.deleteIfExists(directory);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
