package org.lsradapt.transformer.internal;

/** Operations on one row of FLOAT numbers. Sums run in eight lanes, which is faster and more exact than one lane. */
final class RowMath {
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

    /** Returns the sum of a long row: sums of 1,024 numbers each, added in double precision. */
    static double exactSum(float[] x, int length) {
        double sum = 0;
        float[] piece = new float[Math.min(1024, length)];
        for (int from = 0; from < length; from += piece.length) {
            int count = Math.min(piece.length, length - from);
            System.arraycopy(x, from, piece, 0, count);
            sum += sum(piece, count);
        }
        return sum;
    }

    static float largest(float[] x, int length) {
        float a = Float.NEGATIVE_INFINITY;
        float b = a;
        float c = a;
        float d = a;
        int j = 0;
        for (; j <= length - 4; j += 4) {
            a = Math.max(a, x[j]);
            b = Math.max(b, x[j + 1]);
            c = Math.max(c, x[j + 2]);
            d = Math.max(d, x[j + 3]);
        }
        for (; j < length; j++) {
            a = Math.max(a, x[j]);
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }

    /** Computes z ← (z − mean)/√(var + ε); returns 1/√(var + ε). */
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

    /** Computes z ← z/√(mean(z²) + ε); returns 1/√(mean(z²) + ε). */
    static float normalizeRms(float[] z, int length, double epsilon) {
        float inverse = (float) (1 / Math.sqrt(dot(z, z, length) / (double) length + epsilon));
        for (int j = 0; j < length; j++) {
            z[j] *= inverse;
        }
        return inverse;
    }

    /** Computes g ← inverse·(g − normalized·mean(g ∘ normalized)). */
    static void normalizeRmsGradient(float[] g, float[] normalized, int length, float inverse) {
        float overlap = dot(g, normalized, length) / length;
        for (int j = 0; j < length; j++) {
            g[j] = inverse * (g[j] - normalized[j] * overlap);
        }
    }

    /** Computes g ← inverse·(g − mean(g) − normalized·mean(g ∘ normalized)). */
    static void normalizeGradient(float[] g, float[] normalized, int length, float inverse) {
        float mean = sum(g, length) / length;
        float overlap = dot(g, normalized, length) / length;
        for (int j = 0; j < length; j++) {
            g[j] = inverse * (g[j] - mean - normalized[j] * overlap);
        }
    }
}
