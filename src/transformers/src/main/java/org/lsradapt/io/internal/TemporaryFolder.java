package org.lsradapt.io.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
 * A folder of files that are needed while something is open. It is deleted when it is closed, at the latest at the end
 * of the JVM. If the JVM is killed, the next folder of the same kind that any process creates deletes it.
 */
public final class TemporaryFolder implements Closeable {

    private static final String LOCK = ".lsr-adapt-in-use";

    /** The folders of this process. Opening the lock file of another folder of this process would release its lock. */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::deleteOpen, "temporary folders"));
    }

    /** The time that a new folder may be without a lock, in milliseconds. */
    private static final long BEGINNING = 5_000;

    private final Path path;
    private final FileChannel lock;

    private TemporaryFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Creates a folder whose name begins with {@code kind}, and removes those of killed processes. */
    public static TemporaryFolder create(Path parent, String kind) throws IOException {
        removeAbandoned(parent, kind);
        Path path = Files.createTempDirectory(parent, kind).toRealPath();
        OPEN.add(path);
        try {
            Path file = path.resolve(LOCK);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            AtomicFile.lock(channel);
            return new TemporaryFolder(path, channel);
        } catch (IOException e) {
            OPEN.remove(path);
            delete(path);
            throw e;
        }
    }

    /** Returns the path of a file to be written in the folder. */
    public Path file(String name) {
        return path.resolve(name);
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        lock.close();
        delete(path);
        OPEN.remove(path);
    }

    /** Removes the folders of a kind that killed processes left. */
    static void removeAbandoned(Path parent, String kind) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(
                parent,
                folder -> folder.getFileName().toString().startsWith(kind)
                        && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))) {
            for (Path folder : folders) {
                removeIfAbandoned(folder);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Nothing depends on it: a folder that cannot be listed stays.
            return;
        }
    }

    private static void removeIfAbandoned(Path folder) {
        try {
            if (!OPEN.contains(folder.toRealPath()) && isAbandoned(folder)) {
                delete(folder);
            }
        } catch (IOException e) {
            // The folder belongs to another user, or another process has deleted it.
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
            return AtomicFile.lock(channel);
        }
    }

    private static void deleteOpen() {
        OPEN.forEach(TemporaryFolder::deleteIfPossible);
    }

    private static void deleteIfPossible(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            // A process that a signal ends may still be writing. Then the lock file exists, and the next folder deletes
            // both.
            return;
        }
    }

    /** Deletes the lock file last, and creates it again if the folder stays: without it no later folder would delete this one. */
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

    /** Deletes the folder's content except its lock file; files that another process deletes meanwhile are no error. */
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
