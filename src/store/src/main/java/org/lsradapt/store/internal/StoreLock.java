package org.lsradapt.store.internal;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * One open store for each file, in all processes. POSIX drops a process's lock when any descriptor of the locked file is
 * closed, so that the lock is on a file of its own, {@code STORE.lock}. An application may read that one as well, in a copy of
 * a folder: it therefore says which process has the store, and the owner takes its lock anew with each change. The file
 * stays when the store is closed: a process that removed it could take it from another.
 *
 * <p>A system property, which all class loaders share, has the stores of this process: a second open does not come to the
 * lock.
 */
final class StoreLock implements Closeable {
    static final String SUFFIX = ".lock";

    private static final String REGISTRY = "org.lsradapt.store.open.";

    /** Beyond the content: where locks are mandatory others can still read it. */
    private static final long FIRST = 1L << 62;

    private static final int LOCKS = 2;

    /** Another process that tries to open the store has one of the locks for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(5);

    /** Of the times at which a process says that it started. */
    private static final Duration TOLERANCE = Duration.ofSeconds(3);

    private static final int MOST_BYTES = 200;

    private final Path file;
    private final String entry;
    /** Not a channel, which an interrupt would close; null where there is nothing to lock. */
    private final RandomAccessFile opened;

    private final FileLock[] locks = new FileLock[LOCKS];

    /** Whether others may read the store as well. */
    private final boolean shared;

    private StoreLock(Path file, String entry, RandomAccessFile opened, boolean shared) {
        this.shared = shared;
        this.file = file;
        this.entry = entry;
        this.opened = opened;
    }

    /**
     * Takes the lock of a store.
     *
     * @param store the real path of its file, which need not exist yet
     * @param readOnly whether others may read the store as well
     * @throws IOException if it is open in this process or another, or not a store, or the lock's file cannot be written
     */
    static StoreLock take(Path store, boolean readOnly) throws IOException {
        String entry = REGISTRY + store;
        if (System.getProperties().putIfAbsent(entry, Instant.now().toString()) != null) {
            throw new IOException("is open already in this process, expected one at a time");
        }
        boolean taken = false;
        try {
            StoreHead.requireStore(store);
            StoreLock lock = take(store.resolveSibling(store.getFileName() + SUFFIX), entry, readOnly);
            taken = true;
            return lock;
        } finally {
            if (!taken) {
                System.getProperties().remove(entry);
            }
        }
    }

    private static StoreLock take(Path file, String entry, boolean readOnly) throws IOException {
        RandomAccessFile opened;
        try {
            opened = new RandomAccessFile(file.toFile(), readOnly ? "r" : "rw");
        } catch (IOException e) {
            if (readOnly) {
                // Nobody who could write it has had the store open, or this process may not see the lock.
                return new StoreLock(file, entry, null, true);
            }
            throw new LockFileFailure("its lock cannot be written, " + e.getMessage(), e);
        }
        StoreLock lock = new StoreLock(file, entry, opened, readOnly);
        try {
            lock.take();
            return lock;
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Where the lock cannot be made. */
    static final class LockFileFailure extends IOException {
        private static final long serialVersionUID = 1;

        LockFileFailure(String message, IOException cause) {
            super(message, cause);
        }
    }

    private void take() throws IOException {
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = tryLock(i);
            if (locks[i] == null) {
                throw new IOException("is open already in another process, expected one at a time");
            }
        }
        Optional<String> owner = owner();
        if (owner.isPresent()) {
            throw new IOException("is open already in " + owner.get() + ", expected one at a time");
        }
        if (!shared) {
            write(own());
        }
    }

    private FileLock tryLock(int which) throws IOException {
        try {
            return opened.getChannel().tryLock(FIRST + which, 1, shared);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /**
     * Takes the locks anew, which this process may have lost when it read the lock's file.
     *
     * @throws IOException if another process has the store by now
     */
    void renew() throws IOException {
        if (opened == null || shared) {
            return;
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isRenewed()) {
            if (System.nanoTime() > end) {
                throw new IOException("is open in another process by now, since this one has read or copied " + file
                        + "; close the store and open it again");
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /**
     * The first lock and then the second, one of which the owner always holds: who has lost them can get the first while the
     * owner renews it, but then not the second.
     */
    private boolean isRenewed() throws IOException {
        for (int i = 0; i < LOCKS; i++) {
            release(i);
            locks[i] = tryLock(i);
            if (locks[i] == null) {
                if (i > 0) {
                    release(0);
                }
                return false;
            }
        }
        return true;
    }

    private void release(int which) throws IOException {
        if (locks[which] != null) {
            locks[which].release();
            locks[which] = null;
        }
    }

    /** This process: its number, when it started, and what its number means. */
    private static String own() {
        Optional<Instant> start = ProcessHandle.current().info().startInstant();
        return start.map(time -> ProcessHandle.current().pid() + " " + time + " " + processes() + "\n")
                .orElse("");
    }

    /** The name of the numbers of processes, which a container has of its own. */
    private static String processes() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "-";
        }
    }

    /** The other process that has the store though its lock is gone; empty if there is none. */
    private Optional<String> owner() throws IOException {
        byte[] content = new byte[MOST_BYTES];
        int length = Math.max(0, opened.read(content));
        String[] words = new String(content, 0, length, StandardCharsets.UTF_8).split("\\s+");
        if (words.length != 3 || !words[2].equals(processes())) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(words[0]);
            Instant start = Instant.parse(words[1]);
            boolean lives = pid != ProcessHandle.current().pid()
                    && ProcessHandle.of(pid)
                            .filter(ProcessHandle::isAlive)
                            .flatMap(process -> process.info().startInstant())
                            .filter(time -> Duration.between(start, time).abs().compareTo(TOLERANCE) < 0)
                            .isPresent();
            return lives ? Optional.of("process " + pid) : Optional.empty();
        } catch (NumberFormatException | DateTimeParseException e) {
            // Another program's words.
            return Optional.empty();
        }
    }

    private void write(String text) throws IOException {
        opened.setLength(0);
        opened.seek(0);
        opened.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        try {
            if (opened != null) {
                try (opened) {
                    if (!shared && locks[0] != null) {
                        opened.setLength(0);
                    }
                }
            }
        } finally {
            System.getProperties().remove(entry);
        }
    }
}
