package org.lsradapt.encoder.kernels;

/** Operations on one row of FLOAT numbers. Sums run in eight lanes, which is faster and more exact than in one. */
final class RowMath {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5·2²³: adding and subtracting it rounds a float of moderate size to the nearest integer. */
    private static final float ROUNDER = 12582912f;
    /** Below this, e^x is not a normal float; it becomes 0 within a factor of the smallest. */
    private static final float SMALLEST_EXPONENT = -87f;

    private RowMath() {}

    static float sum(float[] x, int length) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        float e = 0;
        float f = 0;
        float g = 0;
        float h = 0;
        int j = 0;
        for (; j <= length - 8; j += 8) {
            a += x[j];
            b += x[j + 1];
            c += x[j + 2];
            d += x[j + 3];
            e += x[j + 4];
            f += x[j + 5];
            g += x[j + 6];
            h += x[j + 7];
        }
        for (; j < length; j++) {
            a += x[j];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }

    static float dot(float[] x, float[] y, int length) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        float e = 0;
        float f = 0;
        float g = 0;
        float h = 0;
        int j = 0;
        for (; j <= length - 8; j += 8) {
            a += x[j] * y[j];
            b += x[j + 1] * y[j + 1];
            c += x[j + 2] * y[j + 2];
            d += x[j + 3] * y[j + 3];
            e += x[j + 4] * y[j + 4];
            f += x[j + 5] * y[j + 5];
            g += x[j + 6] * y[j + 6];
            h += x[j + 7] * y[j + 7];
        }
        for (; j < length; j++) {
            a += x[j] * y[j];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }

    /**
     * z ← (z − mean)/√(var + ε).
     *
     * @return 1/√(var + ε)
     */
    static float normalize(float[] z, int length, double epsilon) {
        float mean = sum(z, length) / length;
        for (int j = 0; j < length; j++) {
            z[j] -= mean;
        }
        double variance = dot(z, z, length) / (double) length;
        float inverse = (float) (1 / Math.sqrt(variance + epsilon));
        for (int j = 0; j < length; j++) {
            z[j] *= inverse;
        }
        return inverse;
    }

    /** g ← inverse·(g − mean(g) − normalized·mean(g ∘ normalized)). */
    static void normalizeGradient(float[] g, float[] normalized, int length, float inverse) {
        float mean = sum(g, length) / length;
        float overlap = dot(g, normalized, length) / length;
        for (int j = 0; j < length; j++) {
            g[j] = inverse * (g[j] - mean - normalized[j] * overlap);
        }
    }

    /**
     * x ← softmax(x).
     *
     * @param x [length], overwritten
     * @param work a second array of at least that length, overwritten
     */
    static void softmax(float[] x, float[] work, int at, int length) {
        float largest = x[at];
        for (int j = at + 1; j < at + length; j++) {
            largest = Math.max(largest, x[j]);
        }
        for (int j = 0; j < length; j++) {
            float y = Math.max(x[at + j] - largest, SMALLEST_EXPONENT);
            float n = (y * LOG2_E + ROUNDER) - ROUNDER;
            float f = (y - n * LN2_HIGH) - n * LN2_LOW;
            work[j] = n;
            x[at + j] = expNearZero(f);
        }
        float total = 0;
        float other = 0;
        int j = 0;
        for (; j < length - 1; j += 2) {
            float p = x[at + j] * powerOfTwo(work[j]);
            float q = x[at + j + 1] * powerOfTwo(work[j + 1]);
            x[at + j] = p;
            x[at + j + 1] = q;
            total += p;
            other += q;
        }
        if (j < length) {
            float p = x[at + j] * powerOfTwo(work[j]);
            x[at + j] = p;
            total += p;
        }
        float inverse = 1 / (total + other);
        for (int i = at; i < at + length; i++) {
            x[i] *= inverse;
        }
    }

    /** e^f for |f| ≤ ln(2)/2, by its Taylor polynomial of degree 7: the first omitted term is below 6e-9. */
    private static float expNearZero(float f) {
        float p = 1 / 5040f;
        p = p * f + 1 / 720f;
        p = p * f + 1 / 120f;
        p = p * f + 1 / 24f;
        p = p * f + 1 / 6f;
        p = p * f + 0.5f;
        p = p * f + 1;
        return p * f + 1;
    }

    private static float powerOfTwo(float n) {
        return Float.intBitsToFloat(((int) n + 127) << 23);
    }
}
