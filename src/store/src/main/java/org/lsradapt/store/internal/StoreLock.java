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
 * Keeps a store from being opened twice, in all processes. POSIX drops a process's lock when it closes any descriptor of the
 * locked file, so a separate file, {@code STORE.lock}, carries the lock. An application may read that file too, for example
 * when it copies a folder. The file therefore names the process that has the store, and the owner takes its lock anew with
 * each change. The file stays when the store is closed: a process that removed it could take the lock from another.
 *
 * <p>A system property, shared by all class loaders, lists the stores of this process, so a second open in the same process
 * fails before it reaches the lock.
 */
final class StoreLock implements Closeable {
    static final String SUFFIX = ".lock";

    private static final String REGISTRY = "org.lsradapt.store.open.";

    /** The position of the locks, beyond the content: where locks are mandatory others can still read the content. */
    private static final long FIRST = 1L << 62;

    private static final int LOCKS = 2;

    /** How long to retry: another process that tries to open the store has one of the locks for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private static final Duration TOLERANCE = Duration.ofSeconds(3);

    private static final int MOST_BYTES = 200;

    private final Path file;
    private final String entry;
    /** Not a channel, which an interrupt would close; null if there is no file to lock. */
    private final RandomAccessFile opened;

    private final FileLock[] locks = new FileLock[LOCKS];

    private final boolean shared;

    private StoreLock(Path file, String entry, RandomAccessFile opened, boolean shared) {
        this.shared = shared;
        this.file = file;
        this.entry = entry;
        this.opened = opened;
    }

    /** Takes the lock of a store, of which only the real path must exist, alone or to read; refuses one that is in use. */
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
                // No process that could write the file has had the store open, or this process may not see the lock.
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

    /** Thrown if the lock's file cannot be made. */
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

    /** Takes the locks anew, which this process may have lost by reading the lock's file; fails if another process has them. */
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
     * Renews the first lock and then the second; the owner always holds one of them. A process that has lost its locks can
     * get the first one while the owner renews it, but then not the second.
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

    /** A line about this process: its number, its start time, and its process namespace. */
    private static String own() {
        Optional<Instant> start = ProcessHandle.current().info().startInstant();
        return start.map(time -> ProcessHandle.current().pid() + " " + time + " " + processes() + "\n")
                .orElse("");
    }

    /** The process namespace: each container numbers its processes itself. */
    private static String processes() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "-";
        }
    }

    /** Another process that has the store although its lock is gone; empty if there is no such process. */
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
            // Another program wrote the content.
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
