package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.h2.mvstore.MVMap;
import org.lsradapt.store.internal.StoreOptions.State;

/** Copies the readable part of a damaged store to a new one. */
public final class StoreRecovery {
    private static final int AT_A_TIME = 1000;
    private static final int CACHE_MEGABYTES = 64;

    private final StoreFile from;
    private final StoreFile to;
    private final List<String> complaints = new ArrayList<>();
    private final Map<String, byte[]> parts = new LinkedHashMap<>();

    private StoreRecovery(StoreFile from, StoreFile to) {
        this.from = from;
        this.to = to;
    }

    /** Copies what is readable of a damaged store into a new file; returns a line about each missing thing. */
    public static List<String> copy(Path damaged, Path out) throws IOException {
        try (StoreFile from = open(damaged)) {
            Map<String, String> settings = from.settings();
            if (settings.isEmpty()) {
                throw new IOException(damaged + ": damaged, nothing of it can be read");
            }
            try (StoreFile to = StoreFile.openOrMake(out, CACHE_MEGABYTES, settings)) {
                StoreRecovery recovery = new StoreRecovery(from, to);
                from.missing().ifPresent(recovery.complaints::add);
                recovery.copyKeys();
                recovery.copyTrainings();
                return recovery.complaints;
            }
        }
    }

    /** Opens the last state, which may lack single versions; an older one if none of the last can be read. */
    private static StoreFile open(Path damaged) throws IOException {
        StoreFile last = null;
        try {
            last = StoreFile.openForRecovery(damaged, CACHE_MEGABYTES, State.READABLE);
            last.settings();
            last.size();
            return last;
        } catch (IOException e) {
            if (last != null) {
                last.close();
            }
            try {
                return StoreFile.openForRecovery(damaged, CACHE_MEGABYTES, State.OLDER);
            } catch (IOException older) {
                e.addSuppressed(older);
                throw e;
            }
        }
    }

    private void copyKeys() throws IOException {
        Map<String, KeyRecord> some = new LinkedHashMap<>();
        for (String key : readable("key", now -> now.keys)) {
            try {
                from.find(key).ifPresent(record -> some.put(key, record));
            } catch (IOException e) {
                complaints.add("key '" + key + "': " + e.getMessage());
            }
            if (some.size() == AT_A_TIME) {
                put(some);
            }
        }
        put(some);
    }

    private void copyTrainings() throws IOException {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String key : readable("outcome of a training", now -> now.trainings)) {
            try {
                from.training(key).ifPresent(line -> lines.put(key, line));
            } catch (IOException e) {
                complaints.add("outcome of training '" + key + "': " + e.getMessage());
            }
        }
        to.change(now -> now.trainings.putAll(lines));
    }

    /** The readable keys of a map; complains about the others. */
    private List<String> readable(String what, Function<Database, MVMap<String, ?>> map) throws IOException {
        long size = from.reading(now -> map.apply(now).sizeAsLong());
        List<String> keys = new ArrayList<>();
        Optional<IOException> first = Optional.empty();
        for (long i = 0; i < size; i++) {
            long index = i;
            try {
                keys.add(from.reading(now -> map.apply(now).getKey(index)));
            } catch (IOException e) {
                first = first.isEmpty() ? Optional.of(e) : first;
            }
        }
        if (first.isPresent()) {
            complaints.add((size - keys.size()) + " of " + size + " entries (" + what + ") cannot be read: "
                    + first.get().getMessage());
        }
        return keys;
    }

    private void put(Map<String, KeyRecord> records) throws IOException {
        Map<String, List<KeyRecord.Entry>> kept = new LinkedHashMap<>();
        Map<Long, byte[]> numbers = new LinkedHashMap<>();
        for (Map.Entry<String, KeyRecord> record : records.entrySet()) {
            List<KeyRecord.Entry> entries = new ArrayList<>();
            for (KeyRecord.Entry entry : record.getValue().entries()) {
                try {
                    numbers.put(entry.id(), read(record.getKey(), entry));
                    entries.add(entry);
                } catch (IOException e) {
                    complaints.add(record.getKey() + "@" + entry.number() + ": " + e.getMessage());
                }
            }
            if (!entries.isEmpty()) {
                kept.put(record.getKey(), entries);
            }
        }
        IdentityHashMap<byte[], String> names = new IdentityHashMap<>();
        to.change(now -> kept.forEach((key, entries) -> {
            for (KeyRecord.Entry entry : entries) {
                now.numbers.put(entry.id(), numbers.get(entry.id()));
                now.use(parts.get(entry.form()), names);
                entry.head().ifPresent(head -> now.use(parts.get(head), names));
            }
            now.keys.put(key, new KeyRecord(entries).bytes());
        }));
        records.clear();
    }

    /** The numbers of a version whose parts can all be read. */
    private byte[] read(String key, KeyRecord.Entry entry) throws IOException {
        part(entry.form());
        if (entry.head().isPresent()) {
            part(entry.head().get());
        }
        return from.numbers(key, entry).orElseThrow(() -> new IOException("its numbers are not there"));
    }

    private void part(String name) throws IOException {
        if (!parts.containsKey(name)) {
            parts.put(name, from.shared(name).orElseThrow(() -> new IOException("part " + name + " is not there")));
        }
    }
}
