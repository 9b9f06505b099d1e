package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
    private static final int SEEDS = 10_000;

    /** The sequence for this seed that implementations of the generator publish as their test. */
    @Test
    void output_ofTheReferenceSeed_isThePublishedSequence() {
        long[] expected = {
            0x599ED017FB08FC85L, 0x2C73F08458540FA5L, 0x883EBCE5A3F27C77L, 0x3FBEF740E9177B3FL, 0xE3B8346708CB5ECDL
        };
        assertArrayEquals(
                expected,
                LongStream.range(0, 5).map(i -> SplitMix64.output(1234567, i)).toArray());
    }

    /** A mean of n uniform numbers deviates by 1/√(12n), a correlation by 1/√n: each may be off by four of those. */
    @Test
    void random_ofNeighbouringSeeds_startsWithIndependentNumbers() {
        double[] first = LongStream.range(-SEEDS / 2, SEEDS / 2)
                .mapToDouble(seed -> SplitMix64.random(seed).nextDouble())
                .toArray();
        double mean = LongStream.range(0, SEEDS)
                .mapToDouble(i -> first[(int) i])
                .average()
                .orElseThrow();
        assertEquals(0.5, mean, 4 / Math.sqrt(12.0 * SEEDS));
        for (int distance = 1; distance <= 32; distance *= 2) {
            double product = 0;
            for (int i = 0; i + distance < SEEDS; i++) {
                product += 12 * (first[i] - 0.5) * (first[i + distance] - 0.5);
            }
            assertEquals(0, product / SEEDS, 4 / Math.sqrt(SEEDS), "distance " + distance);
        }
    }
}
