package org.lsradapt.encoder.kernels;

/**
 * Which rows belong to which sequence, for queries and for keys and values.
 *
 * @param queries where each sequence's query rows begin, and at the end their number
 * @param keys where each sequence's key and value rows begin, and at the end their number; same length
 */
@SuppressWarnings("ArrayRecordComponent")
public record Spans(int[] queries, int[] keys) {

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

    /** Numbers in the attention probabilities of all sequences and heads. */
    public long probabilities(int heads) {
        return offset(size(), heads);
    }

    /** Where the probabilities of sequence b begin; those of its heads follow each other. */
    long offset(int b, int heads) {
        long offset = 0;
        for (int i = 0; i < b; i++) {
            offset += (long) queryCount(i) * keyCount(i) * heads;
        }
        return offset;
    }
}
