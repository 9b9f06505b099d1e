package org.lsradapt.transformer.internal;

import org.lsradapt.lsr.internal.SplitMix64;

/**
 * The elements of a matrix that dropout keeps. They follow from a hash of a key per row and the column, so neither the
 * order of computation nor the number of threads matters. The hash is {@link SplitMix64}.
 */
public final class DropMask {
    private final long[] keys;
    private final double rate;
    private final double scale;

    /** Creates a mask of a key per row, kept, and the rate of dropped elements, 0 ≤ rate &lt; 1. */
    public DropMask(long[] keys, double rate) {
        this.keys = keys;
        this.rate = rate;
        scale = 1 / (1 - rate);
    }

    /** Returns a key made of another key and a number. */
    public static long key(long key, long number) {
        return SplitMix64.output(key, number);
    }

    /** The factor of an element: 0, or 1/(1 − rate). */
    double factor(int row, int column) {
        return (key(keys[row], column) >>> 11) * 0x1p-53 < rate ? 0 : scale;
    }
}
