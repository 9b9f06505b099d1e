package org.lsradapt.transformer.internal;

import org.lsradapt.lsr.internal.SplitMix64;

/**
 * Which elements of a matrix dropout keeps: a hash of a key per row and of the column, so that an element's fate
 * depends on neither the order of computation nor the number of threads. The hash is {@link SplitMix64}.
 */
public final class DropMask {
    private final long[] keys;
    private final double rate;
    private final double scale;

    /**
     * A mask.
     *
     * @param keys one per row; kept
     * @param rate the probability with which an element is dropped, 0 ≤ rate < 1
     */
    public DropMask(long[] keys, double rate) {
        this.keys = keys;
        this.rate = rate;
        scale = 1 / (1 - rate);
    }

    /** A key made of another and a number. */
    public static long key(long key, long number) {
        return SplitMix64.output(key, number);
    }

    /** Number of rows. */
    int rows() {
        return keys.length;
    }

    /** The element's factor: 0, or 1/(1 − rate). */
    double factor(int row, int column) {
        return (key(keys[row], column) >>> 11) * 0x1p-53 < rate ? 0 : scale;
    }
}
