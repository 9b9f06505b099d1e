package org.lsradapt.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterForm;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.serving.AdapterSource;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.store.internal.KeyRecord;
import org.lsradapt.store.internal.StoreFile;
import org.lsradapt.store.internal.StoreRecovery;

/**
 * A file with the adapters of one base model by key, for example a user's name. It holds their heads too, keeps the
 * precision in which they were saved, and keeps a few versions of each.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.load("minilm");
 *         AdapterStore store = AdapterStore.open(Path.of("users.store"), base)) {
 *     store.put("ada", folder);
 *     store.export("ada", otherFolder);
 * }
 * }</pre>
 *
 * <p>A put or a removal is forced to the disk before the method returns: if the process is killed, no change is lost or half
 * done. If a change fails, for instance because the disk is full, nothing has changed and the store stays usable. The file
 * records the fingerprint of its base model and takes adapters of no other.
 *
 * <p>A store opens in the state after the last acknowledged change, or not at all; {@link #recover} copies the readable part
 * of a damaged store.
 *
 * <p>Safe for many threads. One process at a time has the file open, once; the file {@code STORE.lock} next to it enforces
 * that. The caller that opened the store closes it.
 */
public final class AdapterStore implements AdapterSource, AutoCloseable {
    private static final int LONGEST_KEY = 500;

    /** The number of forms and heads kept in memory, least recently used out first; many adapters share each. */
    private static final int SHARED = 1024;

    private final Path path;
    private final StoreFile file;
    private final StoreSettings settings;
    private final StoreSeal seal;
    private final Map<String, Object> shared = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Object> eldest) {
            return size() > SHARED;
        }
    });

    private AdapterStore(Path path, StoreFile file, StoreSettings settings) throws IOException {
        this.path = path;
        this.file = file;
        this.settings = settings;
        seal = StoreSeal.of(path, file.settings());
    }

    /** Calls {@link #open(Path, FrozenModel, StoreSettings)} with the default settings. */
    public static AdapterStore open(Path path, FrozenModel base) throws IOException {
        return open(path, base, StoreSettings.defaults());
    }

    /**
     * Opens a store, or makes one if there is no such file.
     *
     * @param base the base model of all its adapters; not kept
     * @param settings how to use the store
     * @throws IllegalArgumentException if the store is another base model's; the message has both fingerprints
     * @throws IOException if the file is already open, not a store, or damaged, or cannot be read or written; the message
     *     names it
     */
    public static AdapterStore open(Path path, FrozenModel base, StoreSettings settings) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            StoreFile file =
                    opened.add(StoreFile.openOrMake(path, settings.cacheMegabytes(), StoreSeal.settings(base)));
            AdapterStore store = new AdapterStore(path, file, settings);
            store.seal.requireBase(base);
            return opened.release(store);
        }
    }

    /** Opens an existing store with the default settings; its base model is not needed. */
    public static AdapterStore open(Path path) throws IOException {
        return open(path, StoreSettings.defaults());
    }

    /** Opens an existing store with settings; its base model is not needed. */
    public static AdapterStore open(Path path, StoreSettings settings) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            StoreFile file = opened.add(StoreFile.open(path, settings.cacheMegabytes()));
            return opened.release(new AdapterStore(path, file, settings));
        }
    }

    /** The file. */
    @Override
    public String name() {
        return path.toString();
    }

    /** The name or folder by which the base model was loaded when the store was made. */
    public String baseModel() {
        return seal.baseModel();
    }

    /** The base model's fingerprint. */
    public String baseFingerprint() {
        return seal.fingerprint();
    }

    /** The number of keys that have an adapter. */
    public long size() throws IOException {
        return file.size();
    }

    /** Returns at most {@code most} of the keys after a key, in their order. */
    public List<String> keysAfter(String after, int most) throws IOException {
        return file.keys(Optional.of(after), most);
    }

    /** The first {@code most} keys, in their order. */
    public List<String> firstKeys(int most) throws IOException {
        return file.keys(Optional.empty(), most);
    }

    /** A key's versions, the newest first; empty if there is no such key. */
    public List<StoredVersion> versions(String key) throws IOException {
        return file.find(key).map(KeyRecord::entries).orElse(List.of()).stream()
                .map(entry -> new StoredVersion(entry.number(), Instant.ofEpochMilli(entry.time())))
                .toList();
    }

    /**
     * Puts an adapter under a key, as a new version of it.
     *
     * @param key 1 to 500 characters, not {@link MultiAdapterModel#BASE}
     * @param folder a folder that {@link AdapterFolder#save} wrote, which is read and checked
     * @throws IllegalArgumentException if the key is not valid, or the adapter is for another base model
     * @throws IOException if a file is missing or malformed, or the store cannot be written; the message names key and file
     */
    public void put(String key, Path folder) throws IOException {
        requireKey(key);
        try {
            put(key, PackedAdapter.read(folder));
        } catch (IOException e) {
            throw new IOException(at(key) + e.getMessage(), e);
        }
    }

    /** Puts an adapter in memory under a key; see {@link #put(String, Path)}. */
    public void put(String key, PackedAdapter adapter) throws IOException {
        putAll(Map.of(key, adapter));
    }

    /**
     * Puts all adapters or, if it throws, none. Faster than single puts, each of which waits for the disk.
     *
     * @param adapters by key; a few thousand at a time
     * @throws IllegalArgumentException as {@link #put(String, Path)}
     * @throws IOException if the store cannot be written
     */
    public void putAll(Map<String, PackedAdapter> adapters) throws IOException {
        putAll(adapters, Map.of());
    }

    /** Puts adapters as {@link #putAll(Map)} and, in the same change, the lines about trainings by key. */
    void putAll(Map<String, PackedAdapter> adapters, Map<String, String> trainings) throws IOException {
        Map<String, StoreFile.Content> contents = new LinkedHashMap<>();
        IdentityHashMap<AdapterForm, byte[]> forms = new IdentityHashMap<>();
        adapters.forEach((key, adapter) -> {
            requireFits(key, adapter);
            contents.put(
                    key,
                    new StoreFile.Content(
                            adapter.numbers(),
                            forms.computeIfAbsent(adapter.form(), AdapterForm::bytes),
                            adapter.form().headBytes() > 0 ? Optional.of(adapter.headNumbers()) : Optional.empty()));
        });
        file.put(contents, trainings, settings.versions(), System.currentTimeMillis());
    }

    /** Whether the store holds an adapter of a key, or the outcome of a training that gave none. */
    public boolean knows(String key) throws IOException {
        return file.find(key).isPresent() || file.training(key).isPresent();
    }

    /** The line about a key's last training; empty if there is none. */
    Optional<String> training(String key) throws IOException {
        return file.training(key);
    }

    /** Checks that an adapter of the store's base model can be put under a key. */
    public void requireFits(String key, PackedAdapter adapter) {
        requireKey(key);
        seal.requireBase(at(key), adapter.card());
    }

    void requireKey(String key) {
        Require.argument(
                !key.isBlank() && key.length() <= LONGEST_KEY && key.chars().noneMatch(Character::isISOControl),
                "%s: key '%s' has %d characters, expected 1 to %d that are not all blank and no control characters",
                path,
                key,
                key.length(),
                LONGEST_KEY);
        Require.argument(
                !key.equals(MultiAdapterModel.BASE),
                "%s: key '%s' stands for the base model without adapter, expected another",
                path,
                key);
    }

    private String at(String key) {
        return path + ": key '" + key + "': ";
    }

    /** The current adapter of a key; empty if there is none. */
    public Optional<PackedAdapter> get(String key) throws IOException {
        return find(key).map(Versioned::adapter);
    }

    /** A version of a key's adapter; empty if there is no such version. */
    public Optional<PackedAdapter> get(String key, int version) throws IOException {
        Optional<KeyRecord.Entry> entry = file.find(key)
                .flatMap(record -> record.entries().stream()
                        .filter(one -> one.number() == version)
                        .findFirst());
        return entry.isEmpty() ? Optional.empty() : read(key, entry.get());
    }

    @Override
    public OptionalLong version(String key) throws IOException {
        Optional<KeyRecord> record = file.find(key);
        return record.isPresent() ? OptionalLong.of(record.get().newest().id()) : OptionalLong.empty();
    }

    @Override
    public Optional<Versioned> find(String key) throws IOException {
        Optional<KeyRecord> record = file.find(key);
        while (record.isPresent()) {
            KeyRecord.Entry newest = record.get().newest();
            Optional<PackedAdapter> adapter = read(key, newest);
            if (adapter.isPresent()) {
                return Optional.of(new Versioned(newest.id(), adapter.get()));
            }
            Optional<KeyRecord> now = file.find(key);
            if (now.equals(record)) {
                throw new IOException(at(key) + "version " + newest.number() + " is damaged, its numbers are not there;"
                        + " put it again");
            }
            record = now;
        }
        return Optional.empty();
    }

    /** Empty if a change has removed the version since {@code entry} was read. */
    private Optional<PackedAdapter> read(String key, KeyRecord.Entry entry) throws IOException {
        Optional<byte[]> numbers = file.numbers(key, entry);
        Optional<Object> form = shared(entry.form(), true);
        Optional<Object> head = entry.head().isEmpty()
                ? Optional.of(new byte[0])
                : shared(entry.head().get(), false);
        if (numbers.isEmpty() || form.isEmpty() || head.isEmpty()) {
            return Optional.empty();
        }
        try {
            PackedAdapter adapter = new PackedAdapter((AdapterForm) form.get(), numbers.get(), (byte[]) head.get());
            seal.requireBase(at(key), adapter.card());
            return Optional.of(adapter);
        } catch (IllegalArgumentException e) {
            throw new IOException(at(key) + "version " + entry.number() + " is damaged: " + e.getMessage(), e);
        }
    }

    private Optional<Object> shared(String name, boolean form) throws IOException {
        Object known = shared.get(name);
        if (known == null) {
            Optional<byte[]> bytes = file.shared(name);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            known = form ? AdapterForm.of(path + ": shared part " + name, bytes.get()) : bytes.get();
            shared.put(name, known);
        }
        return Optional.of(known);
    }

    /**
     * Writes a key's current adapter as a folder, with the bytes that were put: see {@link PackedAdapter#write}.
     *
     * @throws IllegalArgumentException if there is no such key
     * @throws IOException if the store cannot be read or the folder cannot be written
     */
    public void export(String key, Path folder) throws IOException {
        get(key).orElseThrow(() -> new IllegalArgumentException(at(key) + "there is no such key"))
                .write(folder);
    }

    /** Removes a key with all its versions, and the outcome of its training; returns whether there was such a key. */
    public boolean remove(String key) throws IOException {
        return file.remove(key, OptionalInt.empty());
    }

    /** Removes one version, after which the newest of the others is current; returns whether there was such a version. */
    public boolean remove(String key, int version) throws IOException {
        return file.remove(key, OptionalInt.of(version));
    }

    /**
     * Reads and checks all versions of all keys, each in its state at that moment, and all blocks of the file.
     *
     * @return the complaint about each damaged version, by {@code KEY@VERSION}, and about the file, by {@code file}; empty
     *     if nothing is damaged
     * @throws IOException if the keys themselves cannot be read
     */
    public Map<String, String> check() throws IOException {
        Map<String, String> complaints = new TreeMap<>();
        try {
            file.requireIntact();
        } catch (IOException e) {
            complaints.put("file", e.getMessage());
        }
        for (List<String> some = firstKeys(SHARED);
                !some.isEmpty();
                some = keysAfter(some.get(some.size() - 1), SHARED)) {
            for (String key : some) {
                check(key, complaints);
            }
        }
        return complaints;
    }

    private void check(String key, Map<String, String> complaints) throws IOException {
        Optional<KeyRecord> record = file.find(key);
        List<KeyRecord.Entry> entries = record.map(KeyRecord::entries).orElse(List.of());
        for (KeyRecord.Entry entry : entries) {
            try {
                Optional<PackedAdapter> adapter = read(key, entry);
                if (adapter.isPresent()) {
                    adapter.get().open(path + ": key '" + key + "'").close();
                } else if (file.find(key).equals(record)) {
                    complaints.put(key + "@" + entry.number(), at(key) + "its numbers are not there");
                }
            } catch (IOException e) {
                complaints.put(key + "@" + entry.number(), e.getMessage());
            }
        }
    }

    /**
     * Rewrites a store's file without the space of replaced and removed adapters.
     *
     * @param path a store that is not open
     * @throws IOException as {@link #open(Path)}, or if the file cannot be written; the store is then unchanged
     */
    public static void compact(Path path) throws IOException {
        try (AdapterStore store = open(path)) {
            store.file.closeCompacted();
        }
    }

    /**
     * Copies the readable part of a damaged store to a new one. A damaged store never opens in an older state by itself;
     * calling this method accepts that state.
     *
     * @param damaged a store that is not open, which is only read
     * @param out the new store's file, which must not exist
     * @return a line about each missing thing; empty if nothing is missing
     * @throws IllegalArgumentException if {@code out} exists
     * @throws IOException if nothing can be read, or the new store cannot be written
     */
    public static List<String> recover(Path damaged, Path out) throws IOException {
        Require.argument(!Files.exists(out), "%s: there is a file of this name, expected a new store's", out);
        return StoreRecovery.copy(damaged, out);
    }

    /** Closes the file. Later and concurrent calls throw {@link IllegalStateException}. */
    @Override
    public void close() {
        file.close();
    }
}
