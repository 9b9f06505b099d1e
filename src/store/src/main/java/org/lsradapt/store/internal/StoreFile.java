package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.h2.mvstore.MVStoreException;
import org.lsradapt.store.internal.StoreOptions.State;

/**
 * The database of a store: keys with their versions, the numbers of each version, and the parts that versions share, keyed
 * by their content. A change is one commit and is on the disk when the call returns; if it fails, nothing has changed. Safe
 * for many threads: changes wait for each other; reads never wait.
 */
public final class StoreFile implements AutoCloseable {

    private final Path path;
    private final Path real;
    private final StoreLock lock;
    /** The reason why nothing can be written; empty if the file is writable. */
    private final Optional<String> readOnly;

    private final StoreOptions options;
    private volatile Database database;
    private volatile boolean closed;
    /** 0 before the first put. */
    private long nextId;

    /**
     * The content of a version.
     *
     * @param numbers the numbers of this version only
     * @param form shared with other versions that have the same bytes
     * @param head shared like the form; empty if there is no head
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Content(byte[] numbers, byte[] form, Optional<byte[]> head) {}

    private StoreFile(Path path, Path real, StoreLock lock, Optional<String> readOnly, StoreOptions options)
            throws IOException {
        this.path = path;
        this.real = real;
        this.lock = lock;
        this.readOnly = readOnly;
        this.options = options;
        database = Database.open(real, options);
    }

    /** Opens a file that exists, with memory for the recently read pages; refuses one that is damaged or in use. */
    public static StoreFile open(Path path, int cacheMegabytes) throws IOException {
        return open(path, StoreOptions.of(cacheMegabytes, RawFile::open), Map.of());
    }

    /** Opens a file as {@link #open(Path, int)}, or makes it with these settings if there is none. */
    public static StoreFile openOrMake(Path path, int cacheMegabytes, Map<String, String> settings) throws IOException {
        return open(path, StoreOptions.of(cacheMegabytes, RawFile::open), settings);
    }

    static StoreFile openForRecovery(Path path, int cacheMegabytes, State state) throws IOException {
        StoreOptions options = StoreOptions.of(cacheMegabytes, RawFile::open);
        return open(path, options.withReadOnly(true).withState(state), Map.of());
    }

    static StoreFile open(Path path, StoreOptions options, Map<String, String> settingsIfNew) throws IOException {
        Path real = StorePath.real(path);
        boolean isNew = !Files.exists(real);
        if (isNew && settingsIfNew.isEmpty()) {
            throw new IOException(path + ": there is no such file, expected a store of adapters");
        }
        boolean readable = !isNew && (options.readOnly() || !Files.isWritable(real));
        Optional<String> readOnly = readable ? Optional.of("the file is read-only") : Optional.empty();
        try {
            StoreLock lock;
            try {
                lock = StoreLock.take(real, readable);
            } catch (StoreLock.LockFileFailure e) {
                if (isNew) {
                    throw e;
                }
                readOnly = Optional.of(e.getMessage());
                lock = StoreLock.take(real, true);
            }
            return open(path, real, lock, readOnly, options, settingsIfNew);
        } catch (IOException e) {
            throw at(path, e);
        }
    }

    private static StoreFile open(
            Path path,
            Path real,
            StoreLock lock,
            Optional<String> readOnly,
            StoreOptions options,
            Map<String, String> settingsIfNew)
            throws IOException {
        boolean done = false;
        try {
            if (!Files.exists(real)) {
                Database.make(real, options, settingsIfNew);
            }
            StoreFile file = new StoreFile(path, real, lock, readOnly, options.withReadOnly(readOnly.isPresent()));
            done = true;
            return file;
        } finally {
            if (!done) {
                lock.close();
            }
        }
    }

    <T> T reading(Function<Database, T> read) throws IOException {
        while (true) {
            Database now = current();
            try {
                return read.apply(now);
            } catch (RuntimeException e) {
                requireOpen();
                if (!now.isClosed()) {
                    throwAs(e);
                }
                // A change has failed meanwhile and closed the database.
            }
        }
    }

    private void throwAs(RuntimeException e) throws IOException {
        if (e instanceof MVStoreException) {
            throw at(Database.failure(e));
        }
        throw e;
    }

    private IOException at(IOException e) {
        return at(path, e);
    }

    private static IOException at(Path path, IOException e) {
        String advice = e instanceof DamagedFile
                ? "; put back a copy of the file, or copy what can be read to a new one (store recover)"
                : "";
        return new IOException(path + ": " + e.getMessage() + advice, e);
    }

    private Database current() throws IOException {
        Database now = database;
        return now.isClosed() ? reopened() : now;
    }

    /** Opens the database again after a failed write, in its previous state. */
    private synchronized Database reopened() throws IOException {
        requireOpen();
        if (database.isClosed()) {
            try {
                database = Database.open(real, options.withState(State.ACKNOWLEDGED));
            } catch (IOException e) {
                throw at(e);
            }
        }
        return database;
    }

    /** Says what is missing if an older state was opened; empty if nothing is. */
    Optional<String> missing() throws IOException {
        return current().missing();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(path + ": the store is closed");
        }
    }

    public void requireWritable() throws IOException {
        requireOpen();
        if (readOnly.isPresent()) {
            throw new IOException(path + ": cannot be changed, " + readOnly.get());
        }
    }

    /** A copy of the settings. */
    public Map<String, String> settings() throws IOException {
        return reading(now -> new HashMap<>(now.settings));
    }

    public long size() throws IOException {
        return reading(now -> now.keys.sizeAsLong());
    }

    /** A key's versions; empty if it has none. */
    public Optional<KeyRecord> find(String key) throws IOException {
        byte[] bytes = reading(now -> now.keys.get(key));
        return bytes == null ? Optional.empty() : Optional.of(KeyRecord.of(path + ": key '" + key + "'", bytes));
    }

    /** Returns at most {@code most} keys in their order, after the given one or from the first one. */
    public List<String> keys(Optional<String> after, int most) throws IOException {
        return reading(now -> {
            List<String> some = new ArrayList<>();
            String first = after.isPresent() ? now.keys.higherKey(after.get()) : now.keys.firstKey();
            Iterator<String> from = now.keys.keyIterator(first);
            while (first != null && some.size() < most && from.hasNext()) {
                some.add(from.next());
            }
            return some;
        });
    }

    /** The numbers of a version, checked; empty if a change has removed them since {@code entry} was read. */
    public Optional<byte[]> numbers(String key, KeyRecord.Entry entry) throws IOException {
        byte[] found = reading(now -> now.numbers.get(entry.id()));
        if (found != null && Database.checksum(found) != entry.crc32c()) {
            throw new IOException(path + ": key '" + key + "': version " + entry.number()
                    + " is damaged, its checksum is not the one it was put with; put it again");
        }
        return Optional.ofNullable(found);
    }

    /** The bytes of a shared part; empty if a change has removed it. */
    public Optional<byte[]> shared(String name) throws IOException {
        byte[] found = reading(now -> now.shared.get(name));
        if (found != null && !Database.name(found).equals(name)) {
            throw new IOException(
                    path + ": shared part " + name + " is damaged, its checksum is " + Database.name(found));
        }
        return Optional.ofNullable(found);
    }

    /** The line about a key's last training; empty if there is none. */
    public Optional<String> training(String key) throws IOException {
        return Optional.ofNullable(reading(now -> now.trainings.get(key)));
    }

    public void requireIntact() throws IOException {
        try {
            current().requireIntact();
        } catch (IOException e) {
            throw at(e);
        }
    }

    /** Puts versions, all or none, with lines about trainings, also of other keys; {@code time} is in milliseconds since 1970. */
    public synchronized void put(Map<String, Content> contents, Map<String, String> lines, int keep, long time)
            throws IOException {
        Map<String, KeyRecord> before = new HashMap<>();
        for (String key : contents.keySet()) {
            find(key).ifPresent(record -> before.put(key, record));
        }
        nextId = nextId == 0 ? reading(Database::nextId) : nextId;
        IdentityHashMap<byte[], String> names = new IdentityHashMap<>();
        change(now -> {
            now.trainings.putAll(lines);
            contents.forEach((key, content) -> {
                Optional<KeyRecord> old = Optional.ofNullable(before.get(key));
                now.put(key, content, nextId++, time, keep, old, names);
            });
        });
    }

    /** Removes a version of a key, or all, with the line about the key's training; returns whether there was anything. */
    public synchronized boolean remove(String key, OptionalInt number) throws IOException {
        List<KeyRecord.Entry> entries = find(key).map(KeyRecord::entries).orElse(List.of());
        Predicate<KeyRecord.Entry> which = entry -> number.isEmpty() || entry.number() == number.getAsInt();
        List<KeyRecord.Entry> gone = entries.stream().filter(which).toList();
        List<KeyRecord.Entry> left = entries.stream().filter(which.negate()).toList();
        boolean any = !gone.isEmpty() || (number.isEmpty() && training(key).isPresent());
        if (any) {
            change(now -> {
                if (left.isEmpty()) {
                    now.keys.remove(key);
                    now.trainings.remove(key);
                } else {
                    now.keys.put(key, new KeyRecord(left).bytes());
                }
                gone.forEach(now::drop);
            });
        }
        return any;
    }

    /** Changes the maps and commits them; if that fails, nothing has changed. */
    synchronized void change(Consumer<Database> change) throws IOException {
        requireWritable();
        Database now = current();
        try {
            lock.renew();
        } catch (IOException e) {
            throw at(e);
        }
        try {
            change.accept(now);
            now.commit();
        } catch (MVStoreException e) {
            throw undone(now, Database.failure(e));
        } catch (IOException e) {
            throw undone(now, e);
        } catch (RuntimeException | Error e) {
            if (!now.isClosed()) {
                now.rollback();
            }
            throw e;
        }
    }

    /** Goes back to the last acknowledged state. */
    private IOException undone(Database now, IOException failure) {
        String room = failure instanceof DamagedFile ? "" : room(now.lastLength());
        IOException thrown = new IOException(
                path + ": the change could not be written, the store is as it was before: " + failure.getMessage()
                        + room,
                failure);
        try {
            now.abandon();
            reopened().acknowledgeAgain();
        } catch (IOException | RuntimeException e) {
            // The next call retries.
            thrown.addSuppressed(e);
        }
        return thrown;
    }

    private String room(long needed) {
        try {
            long free = Files.getFileStore(real).getUsableSpace();
            return String.format(Locale.ROOT, "; it needs %,d bytes of the disk, %,d are free", needed, free);
        } catch (IOException e) {
            return "";
        }
    }

    /** Closes the file; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (lock) {
            try {
                lock.renew();
            } catch (IOException e) {
                // Another process has the file by now.
                database.abandon();
            }
            database.close();
        } catch (IOException e) {
            // The disk has everything that was acknowledged.
            return;
        }
    }

    /** Rewrites the file without replaced and removed parts, and closes it. If that fails, the file is unchanged. */
    public synchronized void closeCompacted() throws IOException {
        requireWritable();
        try {
            lock.renew();
        } catch (IOException e) {
            throw at(e);
        }
        closed = true;
        try (lock) {
            database.compact(real, options);
        } catch (IOException e) {
            throw new IOException(
                    path + ": could not be written anew, the store is as it was: " + e.getMessage()
                            + room(Files.size(real)),
                    e);
        }
    }
}
