package org.lsradapt.server.internal.models;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.serving.AdapterSource;

/** Adapters of a store: counts uses and reads, and remembers the tasks of those used last. */
final class CountedSource implements AdapterSource {
    /** The number of keys whose tasks are remembered; the tasks of adapters that were trained alike share their memory. */
    private static final int REMEMBERED = 100_000;

    private final AdapterSource store;
    private final LongAdder uses = new LongAdder();
    private final LongAdder reads = new LongAdder();
    private final Map<String, Versioned> cards = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Versioned> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Versioned(long version, AdapterCard card) {}

    CountedSource(AdapterSource store) {
        this.store = store;
    }

    long uses() {
        return uses.sum();
    }

    long reads() {
        return reads.sum();
    }

    /** Returns the task of a key's adapter, if that is still the given version. */
    Optional<AdapterCard> card(String key, long version) throws IOException {
        synchronized (cards) {
            Versioned known = cards.get(key);
            if (known != null && known.version == version) {
                return Optional.of(known.card);
            }
        }
        Optional<AdapterSource.Versioned> found = store.find(key);
        if (found.isEmpty() || found.get().version() != version) {
            return Optional.empty();
        }
        AdapterCard card = found.get().adapter().card();
        synchronized (cards) {
            cards.put(key, new Versioned(version, card));
        }
        return Optional.of(card);
    }

    @Override
    public OptionalLong version(String key) throws IOException {
        return store.version(key);
    }

    /** Returns the version for a request, which uses the adapter. */
    OptionalLong use(String key) throws IOException {
        uses.increment();
        return store.version(key);
    }

    @Override
    public Optional<AdapterSource.Versioned> find(String key) throws IOException {
        reads.increment();
        return store.find(key);
    }

    @Override
    public String name() {
        return store.name();
    }
}
