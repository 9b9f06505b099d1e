package org.lsradapt.transformer.internal;

/**
 * Which elements of a matrix dropout keeps: a hash of a key per row and of the column, so that an element's fate
 * depends on neither the order of computation nor the number of threads. The hash is SplitMix64's (Steele, Lea and
 * Flood, OOPSLA 2014).
 */
public final class DropMask {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

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
        return mix(key + GOLDEN * (number + 1));
    }

    private static long mix(long key) {
        long z = (key ^ (key >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Number of rows. */
    int rows() {
        return keys.length;
    }

    /** What the element is multiplied by: 0, or 1/(1 − rate). */
    double factor(int row, int column) {
        return (key(keys[row], column) >>> 11) * 0x1p-53 < rate ? 0 : scale;
    }
}
