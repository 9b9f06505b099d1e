package org.lsradapt.io.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A folder of files that are needed while something is open. It goes when it is closed, at the latest with the JVM;
 * where that was killed, the next folder of the same kind that anyone makes takes it along.
 */
public final class TemporaryFolder implements Closeable {

    private static final String LOCK = "in-use";

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
        Path path = Files.createTempDirectory(parent, kind);
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

    private static void removeAbandoned(Path parent, String kind) {
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
            if (!OPEN.contains(folder) && isAbandoned(folder)) {
                delete(folder);
            }
        } catch (IOException e) {
            // Another user's, or taken away by another process.
            return;
        }
    }

    private static boolean isAbandoned(Path folder) throws IOException {
        long age = System.currentTimeMillis() - Files.getLastModifiedTime(folder).toMillis();
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
            // Whoever is ended by a signal may still write: the lock file is there then, and the next folder takes both along.
            return;
        }
    }

    /** The lock file goes last. */
    private static void delete(Path folder) throws IOException {
        Path lock = folder.resolve(LOCK);
        List<Path> entries;
        try (Stream<Path> all = Files.walk(folder)) {
            entries = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            if (!entry.equals(folder) && !entry.equals(lock)) {
                Files.deleteIfExists(entry);
            }
        }
        Files.deleteIfExists(lock);
        Files.deleteIfExists(folder);
    }
}
