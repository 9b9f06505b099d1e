package org.lsradapt.transformer.internal;

import org.lsradapt.transformer.parts.Attention;

/**
 * How attention divides its arrays: head i is the i-th block of columns.
 *
 * @param queries number of query heads, a multiple of {@code keyValues}
 * @param keyValues number of key and value heads; query head i reads head i·keyValues/queries
 * @param scale factor of the scores
 * @param causal whether a token sees only itself and those before it
 */
public record Heads(int queries, int keyValues, double scale, boolean causal) {

    /** The heads of an attention part. */
    public static Heads of(Attention attention) {
        return new Heads(attention.heads(), attention.keyValueHeads(), attention.scale(), attention.causal());
    }

    /** How many query heads read one key and value head. */
    int perKeyValue() {
        return queries / keyValues;
    }
}
