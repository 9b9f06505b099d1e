package org.lsradapt.transformer.internal;

/**
 * The rows of each sequence, for queries and for keys and values. The keys of a sequence are its first tokens, in
 * order; its queries are consecutive tokens.
 *
 * @param queries the row at which each sequence's queries begin, and at the end the number of rows
 * @param keys the row at which each sequence's keys and values begin, and at the end the number of rows; same length
 * @param first the position of each sequence's first query; its first key has position 0
 */
@SuppressWarnings("ArrayRecordComponent")
public record Spans(int[] queries, int[] keys, int[] first) {

    public int size() {
        return queries.length - 1;
    }

    int queryCount(int b) {
        return queries[b + 1] - queries[b];
    }

    int keyCount(int b) {
        return keys[b + 1] - keys[b];
    }
}
