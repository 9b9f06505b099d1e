package org.lsradapt.baselines.frozen;

import org.lsradapt.lsr.internal.ArrayText;

/**
 * VeRA's frozen matrices, as PEFT draws them: {@code vera_A} [r, in] and after it {@code vera_B} [out, r], uniform between
 * ∓√(6/fan_in), in float32.
 *
 * @param rank r
 * @param seed {@code projection_prng_key}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Projection(int rank, int in, int out, long seed) {

    /**
     * Both matrices in PEFT's orientation.
     *
     * @param a {@code vera_A} [r, in], row by row
     * @param b {@code vera_B} [out, r], row by row
     */
    public record Drawn(double[] a, double[] b) {
        @Override
        public String toString() {
            return "Drawn[a=" + ArrayText.of(a) + ", b=" + ArrayText.of(b) + "]";
        }
    }

    /** Draws both matrices. */
    public Drawn draw() {
        MersenneTwister random = new MersenneTwister(seed);
        double[] a = random.uniform(Math.multiplyExact(rank, in), bound(in));
        return new Drawn(a, random.uniform(Math.multiplyExact(out, rank), bound(rank)));
    }

    /** Computes the bound in PEFT's order, which affects the last bit. */
    private static double bound(int fanIn) {
        return Math.sqrt(3) * (Math.sqrt(2) / Math.sqrt(fanIn));
    }
}
