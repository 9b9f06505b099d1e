package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * The database of a store: keys with their versions, the numbers of each version, and parts that versions share, by their
 * content. A change is one commit, on the disk when the call returns; where it fails, nothing has changed. Safe for many
 * threads: changes wait for each other, and no read waits for a change.
 */
public final class StoreFile implements AutoCloseable {

    /**
     * How long space that holds nothing any more is left alone, in milliseconds: readers take less. Each commit is on the
     * disk before the next one begins, so that a crash needs no older ones.
     */
    private static final int RETENTION = 5000;

    private final Path path;
    private final MVStore database;
    private final boolean isNew;
    private final MVMap<String, String> settings;
    private final MVMap<String, byte[]> keys;
    private final MVMap<Long, byte[]> numbers;
    private final MVMap<String, byte[]> shared;
    /** How many versions use a shared part. */
    private final MVMap<String, Long> uses;
    /** A line about the last training of each key. */
    private final MVMap<String, String> trainings;

    private volatile boolean closed;
    private long nextId;

    /**
     * The record of a key.
     *
     * @param numbers of this version alone
     * @param form shared with others that have the same bytes
     * @param head as form; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Content(byte[] numbers, byte[] form, Optional<byte[]> head) {}

    private StoreFile(Path path, MVStore database) {
        this.path = path;
        this.database = database;
        database.setVersionsToKeep(0);
        database.setRetentionTime(RETENTION);
        isNew = database.getMapNames().isEmpty();
        settings = database.openMap("settings", ofText());
        trainings = database.openMap("trainings", ofText());
        keys = database.openMap("keys", byText());
        shared = database.openMap("shared", byText());
        numbers = database.openMap(
                "numbers",
                new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE));
        uses = database.openMap(
                "uses",
                new MVMap.Builder<String, Long>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(LongDataType.INSTANCE));
        Long last = numbers.lastKey();
        nextId = last == null ? 1 : last + 1;
    }

    private static MVMap.Builder<String, String> ofText() {
        return new MVMap.Builder<String, String>()
                .keyType(StringDataType.INSTANCE)
                .valueType(StringDataType.INSTANCE);
    }

    private static MVMap.Builder<String, byte[]> byText() {
        return new MVMap.Builder<String, byte[]>()
                .keyType(StringDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE);
    }

    /**
     * Opens a file, or makes it.
     *
     * @param path the file
     * @param cacheMegabytes memory for pages that were read last
     * @throws IOException if another process has it open, or it is damaged or another kind of file; the message names it
     */
    public static StoreFile open(Path path, int cacheMegabytes) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (Files.isDirectory(path) || !Files.isDirectory(folder)) {
            throw new IOException(path + ": cannot be opened, expected a file in a folder that exists");
        }
        try {
            return new StoreFile(
                    path,
                    new MVStore.Builder()
                            .fileName(SteadyFilePath.of(path.toFile()))
                            .cacheSize(cacheMegabytes)
                            .autoCommitDisabled()
                            .autoCommitBufferSize(0)
                            .open());
        } catch (MVStoreException e) {
            throw failure(path, e);
        }
    }

    private static IOException failure(Path path, MVStoreException e) {
        String reason = switch (e.getErrorCode()) {
            case DataUtils.ERROR_FILE_LOCKED -> "is open already, here or in another process; expected one at a time";
            case DataUtils.ERROR_FILE_CORRUPT, DataUtils.ERROR_CHUNK_NOT_FOUND, DataUtils.ERROR_UNSUPPORTED_FORMAT ->
                "damaged, or another kind of file than a store: " + e.getMessage();
            default -> "cannot be read or written: " + e.getMessage();
        };
        return new IOException(path + ": " + reason, e);
    }

    private <T> T reading(Supplier<T> read) throws IOException {
        requireOpen();
        try {
            return read.get();
        } catch (MVStoreException e) {
            requireOpen();
            throw failure(path, e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(path + ": the store is closed");
        }
    }

    /** Whether the file was made, or by a process that was killed before it wrote a setting. */
    public boolean isNew() {
        return isNew;
    }

    /** The settings, none in a new file or another kind of database; a copy. */
    public Map<String, String> settings() throws IOException {
        return reading(() -> new HashMap<>(settings));
    }

    /** Writes the settings of a new file. */
    public synchronized void begin(Map<String, String> first) throws IOException {
        change(() -> settings.putAll(first));
    }

    /** How many keys there are. */
    public long size() throws IOException {
        return reading(keys::sizeAsLong);
    }

    /** A key's versions; empty if it has none. */
    public Optional<KeyRecord> find(String key) throws IOException {
        byte[] bytes = reading(() -> keys.get(key));
        return bytes == null ? Optional.empty() : Optional.of(KeyRecord.of(path + ": key '" + key + "'", bytes));
    }

    /**
     * Some keys in their order.
     *
     * @param after those behind this one; empty for all
     * @param most how many
     */
    public List<String> keys(Optional<String> after, int most) throws IOException {
        return reading(() -> {
            List<String> some = new ArrayList<>();
            Iterator<String> from = keys.keyIterator(after.map(keys::higherKey).orElseGet(keys::firstKey));
            boolean any = after.isEmpty() || keys.higherKey(after.get()) != null;
            while (any && some.size() < most && from.hasNext()) {
                some.add(from.next());
            }
            return some;
        });
    }

    /**
     * The numbers of a version.
     *
     * @return their bytes; empty if a change has removed them since its record was read
     * @throws IOException if they are not those that were put
     */
    public Optional<byte[]> numbers(String key, KeyRecord.Entry entry) throws IOException {
        byte[] found = reading(() -> numbers.get(entry.id()));
        if (found != null && checksum(found) != entry.crc32c()) {
            throw new IOException(path + ": key '" + key + "': version " + entry.number()
                    + " is damaged, its checksum is not the one it was put with; put it again");
        }
        return Optional.ofNullable(found);
    }

    /** As {@link #numbers}, of a shared part. */
    public Optional<byte[]> shared(String name) throws IOException {
        byte[] found = reading(() -> shared.get(name));
        if (found != null && !name(found).equals(name)) {
            throw new IOException(path + ": shared part " + name + " is damaged, its checksum is " + name(found));
        }
        return Optional.ofNullable(found);
    }

    /**
     * Puts versions, all of them or none.
     *
     * @param contents by key
     * @param trainings a line about the last training by key, also of keys without contents
     * @param keep how many versions of a key stay
     * @param time milliseconds since 1970
     */
    public synchronized void put(Map<String, Content> contents, Map<String, String> trainings, int keep, long time)
            throws IOException {
        Map<String, KeyRecord> before = new HashMap<>();
        for (String key : contents.keySet()) {
            find(key).ifPresent(record -> before.put(key, record));
        }
        IdentityHashMap<byte[], String> names = new IdentityHashMap<>();
        change(() -> {
            this.trainings.putAll(trainings);
            contents.forEach(
                    (key, content) -> put(key, content, Optional.ofNullable(before.get(key)), keep, time, names));
        });
    }

    private void put(
            String key,
            Content content,
            Optional<KeyRecord> old,
            int keep,
            long time,
            IdentityHashMap<byte[], String> names) {
        List<KeyRecord.Entry> entries = new ArrayList<>();
        long id = nextId++;
        numbers.put(id, content.numbers);
        String form = use(content.form, names);
        Optional<String> head = content.head.map(part -> use(part, names));
        int number = old.map(record -> record.newest().number()).orElse(0) + 1;
        entries.add(new KeyRecord.Entry(number, id, time, checksum(content.numbers), form, head));
        old.ifPresent(record -> entries.addAll(record.entries()));
        keys.put(key, new KeyRecord(entries.subList(0, Math.min(keep, entries.size()))).bytes());
        entries.stream().skip(keep).forEach(this::drop);
    }

    /** The line about a key's last training; empty if there is none. */
    public Optional<String> training(String key) throws IOException {
        return Optional.ofNullable(reading(() -> trainings.get(key)));
    }

    /**
     * Removes versions of a key.
     *
     * @param which those to remove
     * @return how many there were
     */
    public synchronized int remove(String key, Predicate<KeyRecord.Entry> which) throws IOException {
        Optional<KeyRecord> record = find(key);
        List<KeyRecord.Entry> gone = record.map(
                        found -> found.entries().stream().filter(which).toList())
                .orElse(List.of());
        if (!gone.isEmpty()) {
            List<KeyRecord.Entry> left =
                    record.get().entries().stream().filter(which.negate()).toList();
            change(() -> {
                if (left.isEmpty()) {
                    keys.remove(key);
                    trainings.remove(key);
                } else {
                    keys.put(key, new KeyRecord(left).bytes());
                }
                gone.forEach(this::drop);
            });
        } else if (record.isEmpty() && trainings.containsKey(key)) {
            change(() -> trainings.remove(key));
        }
        return gone.size();
    }

    /** The name of a part, among those of this change. */
    private String use(byte[] part, Map<byte[], String> names) {
        String name = names.computeIfAbsent(part, StoreFile::name);
        shared.putIfAbsent(name, part);
        uses.put(name, uses.getOrDefault(name, 0L) + 1);
        return name;
    }

    private void drop(KeyRecord.Entry entry) {
        numbers.remove(entry.id());
        unuse(entry.form());
        entry.head().ifPresent(this::unuse);
    }

    private void unuse(String name) {
        long left = uses.getOrDefault(name, 1L) - 1;
        if (left == 0) {
            uses.remove(name);
            shared.remove(name);
        } else {
            uses.put(name, left);
        }
    }

    private void change(Runnable change) throws IOException {
        requireOpen();
        try {
            change.run();
            database.commit();
            database.sync();
        } catch (MVStoreException e) {
            throw failure(path, e);
        } catch (RuntimeException | Error e) {
            database.rollback();
            throw e;
        }
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }

    private static String name(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(hash).substring(0, KeyRecord.HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Closes the file; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            database.close();
        }
    }

    /** As {@link #close}, after writing the file anew without what was replaced and removed. */
    public synchronized void closeCompacted() throws IOException {
        requireOpen();
        closed = true;
        try {
            database.close(-1);
        } catch (MVStoreException e) {
            throw failure(path, e);
        }
    }
}
