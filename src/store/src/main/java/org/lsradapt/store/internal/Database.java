package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.lsradapt.store.internal.StoreOptions.State;

/** The maps of a store's file; usable until it is closed or a write fails. */
final class Database implements AutoCloseable {

    final MVMap<String, String> settings;
    final MVMap<String, byte[]> keys;
    final MVMap<Long, byte[]> numbers;
    final MVMap<String, byte[]> shared;
    final MVMap<String, String> trainings;
    private final MVMap<String, Long> uses;

    private final CheckedFileStore file;
    private final MVStore store;

    private Database(CheckedFileStore file, MVStore store, int retention) {
        this.file = file;
        this.store = store;
        store.setVersionsToKeep(0);
        store.setRetentionTime(retention);
        settings = store.openMap("settings", ofText());
        trainings = store.openMap("trainings", ofText());
        keys = store.openMap("keys", byText());
        shared = store.openMap("shared", byText());
        numbers = store.openMap(
                "numbers",
                new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE));
        uses = store.openMap(
                "uses",
                new MVMap.Builder<String, Long>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(LongDataType.INSTANCE));
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

    /** Opens a file, or makes it; refuses one that is damaged, lacks an acknowledged change, or is not a store. */
    static Database open(Path path, StoreOptions options) throws IOException {
        CheckedFileStore file = CheckedFileStore.open(path, options);
        MVStore store = null;
        try {
            MVStore.Builder builder = new MVStore.Builder()
                    .adoptFileStore(file)
                    .autoCommitDisabled()
                    .autoCommitBufferSize(0);
            store = options.readOnly() ? builder.readOnly().open() : builder.open();
            return new Database(file, store, options.retention());
        } catch (RuntimeException e) {
            if (store != null) {
                store.closeImmediately();
            }
            file.closeFile();
            throw failure(e);
        }
    }

    /** Makes a file with settings under a temporary name first, so that an existing file is always a whole store. */
    static void make(Path path, StoreOptions options, Map<String, String> settings) throws IOException {
        Path unfinished = unfinished(path);
        Files.deleteIfExists(unfinished);
        try (Database made = open(unfinished, options.withState(State.NEW))) {
            made.settings.putAll(settings);
            made.commit();
        } catch (MVStoreException e) {
            throw failure(e);
        }
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path unfinished(Path path) {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    static IOException failure(RuntimeException e) {
        Throwable cause = e;
        while (cause != null && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        if (cause instanceof DamagedFile damaged) {
            return damaged;
        }
        return cause == null
                ? new IOException("damaged, its parts contradict each other", e)
                : new IOException(cause.getMessage() == null ? "input/output error" : cause.getMessage(), e);
    }

    long nextId() {
        Long last = numbers.lastKey();
        return last == null ? 1 : last + 1;
    }

    /** Whether the database was closed, or a write has failed. */
    boolean isClosed() {
        return store.isClosed();
    }

    /** Says what is missing if an older state was opened; empty if nothing is. */
    Optional<String> missing() {
        return file.missing();
    }

    /** Writes and acknowledges all changes since the last commit; throws if the disk does not have them. */
    void commit() throws IOException {
        store.commit();
        file.acknowledge();
    }

    void rollback() {
        store.rollback();
    }

    /** The number of bytes that the last commit needed on the disk. */
    long lastLength() {
        return file.lastLength();
    }

    /** Marks the last acknowledged change as the last again, after another one has failed. */
    void acknowledgeAgain() throws IOException {
        file.acknowledgeAgain();
    }

    void requireIntact() throws IOException {
        file.requireIntact();
    }

    /** Puts a version of a key, and drops its oldest beyond {@code keep}; {@code names} of the change's parts are filled as computed. */
    void put(
            String key,
            StoreFile.Content content,
            long id,
            long time,
            int keep,
            Optional<KeyRecord> old,
            IdentityHashMap<byte[], String> names) {
        List<KeyRecord.Entry> entries = new ArrayList<>();
        numbers.put(id, content.numbers());
        String form = use(content.form(), names);
        Optional<String> head = content.head().map(part -> use(part, names));
        int number = old.map(record -> record.newest().number()).orElse(0) + 1;
        entries.add(new KeyRecord.Entry(number, id, time, checksum(content.numbers()), form, head));
        old.ifPresent(record -> entries.addAll(record.entries()));
        keys.put(key, new KeyRecord(entries.subList(0, Math.min(keep, entries.size()))).bytes());
        entries.stream().skip(keep).forEach(this::drop);
    }

    /** Stores a part at its first use and counts the use; returns the part's name. */
    String use(byte[] part, IdentityHashMap<byte[], String> names) {
        String name = names.computeIfAbsent(part, Database::name);
        shared.putIfAbsent(name, part);
        uses.put(name, uses.getOrDefault(name, 0L) + 1);
        return name;
    }

    /** Removes the numbers of a version, and its parts if no other version uses them. */
    void drop(KeyRecord.Entry entry) {
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

    static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }

    static String name(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(hash).substring(0, KeyRecord.HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private Map<String, Long> sizes() {
        return Map.of(
                "settings", settings.sizeAsLong(),
                "keys", keys.sizeAsLong(),
                "numbers", numbers.sizeAsLong(),
                "shared", shared.sizeAsLong(),
                "trainings", trainings.sizeAsLong(),
                "uses", uses.sizeAsLong());
    }

    /** Closes this file, copies everything in use to another, checks the copy and puts it in the place of this file. */
    void compact(Path path, StoreOptions options) throws IOException {
        Path smaller = unfinished(path);
        try {
            Map<String, Long> sizes = sizes();
            close();
            Files.deleteIfExists(smaller);
            MVStore.compact(path.toString(), smaller.toString(), true, CheckedFileStore.open(path, options));
            try (Database compacted = open(smaller, options)) {
                compacted.requireIntact();
                if (!compacted.sizes().equals(sizes)) {
                    throw new IOException("the new file has " + compacted.sizes() + ", expected " + sizes);
                }
            }
            StorePath.copyPermissions(path, smaller);
            Files.move(smaller, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (RuntimeException e) {
            throw failure(e);
        } finally {
            Files.deleteIfExists(smaller);
        }
    }

    /** Closes the file without writing anything. */
    void abandon() throws IOException {
        store.closeImmediately();
        file.closeFile();
    }

    /** Closes the file; if the close cannot be written, the file stays as after the last commit. */
    @Override
    public void close() throws IOException {
        try {
            store.close();
        } catch (MVStoreException e) {
            abandon();
        }
    }
}
