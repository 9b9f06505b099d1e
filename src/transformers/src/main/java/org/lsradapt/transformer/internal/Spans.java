package org.lsradapt.transformer.internal;

/**
 * Which rows belong to which sequence, for queries and for keys and values. The keys of a sequence are its first
 * tokens, in order; its queries are some of its tokens that follow each other.
 *
 * @param queries where each sequence's query rows begin, and at the end their number
 * @param keys where each sequence's key and value rows begin, and at the end their number; same length
 * @param first for each sequence the position of its first query: that of its first key is 0
 */
@SuppressWarnings("ArrayRecordComponent")
public record Spans(int[] queries, int[] keys, int[] first) {

    /** Number of sequences. */
    public int size() {
        return queries.length - 1;
    }

    /** Query rows of sequence b. */
    int queryCount(int b) {
        return queries[b + 1] - queries[b];
    }

    /** Key rows of sequence b. */
    int keyCount(int b) {
        return keys[b + 1] - keys[b];
    }
}
