package org.lsradapt.transformer.internal;

/**
 * e^y over FLOAT rows, in loops that the JIT compiler vectorizes; it does not vectorize calls of {@code Math.exp}.
 *
 * <p>With n = round(y·log₂e), e^y = 2ⁿ·e^f, |f| ≤ ln(2)/2. e^f is a Taylor polynomial of degree 7, whose first omitted
 * term is below 6e-9; 2ⁿ is made from the bits of the float in which rounding leaves n.
 */
final class Exponential {
    /** Below this, e^y is not a normal float. */
    static final float SMALLEST = -87f;

    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /**
     * 1.5·2²³ plus the bias of a float's exponent. Adding 1.5·2²³ rounds a float of moderate size to the nearest
     * integer, which is left in its lowest bits.
     */
    private static final float ROUNDER = 12582912f + 127f;

    private static final int EXPONENT_SHIFT = 23;

    private Exponential() {}

    /** Splits e^y = mantissa·2ⁿ, y from {@link #SMALLEST} to 87; {@code power} becomes {@link #powersOfTwo}'s n. */
    static void split(float[] y, float[] mantissa, float[] power, int length) {
        for (int j = 0; j < length; j++) {
            float rounded = Math.fma(y[j], LOG2_E, ROUNDER);
            mantissa[j] = mantissa(y[j], rounded - ROUNDER);
            power[j] = rounded;
        }
    }

    /** Splits the exponential of x − largest, at least {@link #SMALLEST}; see {@link #split}. */
    static void splitDifference(float[] x, float[] largest, float[] mantissa, float[] power, int length) {
        for (int j = 0; j < length; j++) {
            float y = Math.max(x[j] - largest[j], SMALLEST);
            float rounded = Math.fma(y, LOG2_E, ROUNDER);
            mantissa[j] = mantissa(y, rounded - ROUNDER);
            power[j] = rounded;
        }
    }

    /** Returns e^(y − n·ln 2). */
    private static float mantissa(float y, float n) {
        float f = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
        float p = 1 / 5040f;
        p = Math.fma(p, f, 1 / 720f);
        p = Math.fma(p, f, 1 / 120f);
        p = Math.fma(p, f, 1 / 24f);
        p = Math.fma(p, f, 1 / 6f);
        p = Math.fma(p, f, 0.5f);
        p = Math.fma(p, f, 1f);
        return Math.fma(p, f, 1f);
    }

    /** Turns n + 127 in the lowest bits of a float into 2ⁿ. */
    static void powersOfTwo(float[] power, int length) {
        for (int j = 0; j < length; j++) {
            power[j] = Float.intBitsToFloat(Float.floatToRawIntBits(power[j]) << EXPONENT_SHIFT);
        }
    }
}
