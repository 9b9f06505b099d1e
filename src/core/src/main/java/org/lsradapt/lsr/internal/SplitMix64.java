package org.lsradapt.lsr.internal;

import java.util.Random;

/**
 * The generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with
 * Stafford's variant 13 of the mixing function), used as a hash of seeds.
 *
 * <p>{@link Random} starts from its seed almost unchanged, so that the first numbers of neighbouring seeds are almost
 * equal. {@link #random} hashes the seed first. All code in this library that draws random numbers starts there.
 */
public final class SplitMix64 {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private SplitMix64() {}

    /** Output number {@code index} of the generator: for an index a bijection of the seed, and for a seed one of the index. */
    public static long output(long seed, long index) {
        long z = seed + GOLDEN * (index + 1);
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** A new {@link Random}, unrelated to those of other seeds: it starts with the first output for this seed. */
    public static Random random(long seed) {
        return new Random(output(seed, 0));
    }
}
