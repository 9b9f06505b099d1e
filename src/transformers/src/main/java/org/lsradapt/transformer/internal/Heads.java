package org.lsradapt.transformer.internal;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.lsradapt.transformer.parts.Attention;

/**
 * The division of attention's arrays into heads: head i is the i-th block of columns.
 *
 * @param queries number of query heads, a multiple of {@code keyValues}
 * @param keyValues number of key and value heads; query head i reads head i·keyValues/queries
 * @param scale factor of the scores
 * @param causal whether a token sees only itself and those before it
 * @param cap c of scores c·tanh(s/c); empty for none
 * @param reach the largest distance in tokens from a query to a key that it sees; empty for any
 */
public record Heads(int queries, int keyValues, double scale, boolean causal, OptionalDouble cap, OptionalInt reach) {

    public static Heads of(Attention attention) {
        return new Heads(
                attention.heads(),
                attention.keyValueHeads(),
                attention.scale(),
                attention.causal(),
                attention.scores().cap(),
                attention.scores().reach());
    }

    /** Returns the first key that a sequence's query sees. */
    int firstKey(int query) {
        return reach.isEmpty() ? 0 : Math.max(0, query - reach.getAsInt());
    }

    /** Returns the end (exclusive) of the keys that a sequence's query sees, out of {@code keys}. */
    int endKey(int query, int keys) {
        int last = causal ? query : query + reach.orElse(keys);
        return Math.min(keys, last + 1);
    }

    /** Returns the most of {@code keys} keys that a query sees. */
    int mostSeen(int keys) {
        long near = (causal ? 1L : 2L) * reach.orElse(keys) + 1;
        return (int) Math.min(keys, near);
    }

    /** The number of query heads that read one key and value head. */
    int perKeyValue() {
        return queries / keyValues;
    }
}
