package org.lsradapt.objectives.language;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.transformer.NextTokenPass;

/**
 * Keys and values of parts of prompts, by all tokens up to the part's end. A later text that begins with the same tokens,
 * with the same adapter, takes them over. Those used last stay, up to a limit in bytes. For one thread at a time.
 */
final class PrefixCache implements AutoCloseable {
    private final long most;
    private final long bytesOfPart;
    private final Map<Key, NextTokenPass.Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** The tokens, and everything else that decides their keys and values. */
    private record Key(IntBuffer tokens, Adapter adapter, boolean isLong, long writes) {}

    /** Equal for the same updates; does not read them. */
    private static final class Adapter {
        private final @Nullable DenseUpdates updates;

        Adapter(Optional<DenseUpdates> updates) {
            this.updates = updates.orElse(null);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Adapter adapter && adapter.updates == updates;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(updates);
        }
    }

    PrefixCache(long most, long bytesOfPart) {
        this.most = most;
        this.bytesOfPart = bytesOfPart;
    }

    private static Key key(Continuation text, int to) {
        int[] tokens = Arrays.copyOf(text.known(), to);
        return new Key(IntBuffer.wrap(tokens), new Adapter(text.updates()), text.isLong(), InPlaceMerge.writes());
    }

    /** Returns the part of a prompt that ends before a token. */
    Optional<NextTokenPass.Kept> find(Continuation text, int to) {
        return Optional.ofNullable(kept.get(key(text, to)));
    }

    /** Keeps a copy of a part that has just been computed, if there is room in so many bytes. */
    void keep(Continuation text, int from, int to, long left) {
        long limit = Math.min(most, left);
        if (bytesOfPart <= limit) {
            shrink(limit - bytesOfPart);
            text.sequence().keep(from, to).ifPresent(part -> kept.put(key(text, to), part));
        }
    }

    long bytes() {
        return kept.size() * bytesOfPart;
    }

    /** Forgets the parts that were used longest ago until the rest fits. */
    void shrink(long limit) {
        for (Iterator<NextTokenPass.Kept> oldest = kept.values().iterator(); bytes() > Math.max(0, limit); ) {
            oldest.next().close();
            oldest.remove();
        }
    }

    @Override
    public void close() {
        shrink(0);
    }
}
