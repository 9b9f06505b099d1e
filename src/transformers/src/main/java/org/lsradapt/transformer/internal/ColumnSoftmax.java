package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Softmax over the columns of a matrix in native memory, and its gradient. Each loop runs over one row from index 0 on,
 * a form that the JIT compiler vectorizes. A softmax over rows would need sums and maxima along the row, which it does
 * not vectorize. A difference below {@link Exponential#SMALLEST} counts as that value.
 */
final class ColumnSoftmax {
    private float[] row = new float[0];
    private float[] other = new float[0];
    private float[] power = new float[0];
    private float[] largest = new float[0];
    private float[] sum = new float[0];

    private void reserve(int cols) {
        if (row.length < cols) {
            row = new float[cols];
            other = new float[cols];
            power = new float[cols];
            largest = new float[cols];
            sum = new float[cols];
        }
    }

    /** Overwrites each column of x, whose rows follow each other from {@code at} on, with its softmax. */
    void forward(FloatBuffer x, int at, int rows, int cols) {
        reserve(cols);
        x.get(at, largest, 0, cols);
        for (int k = 1; k < rows; k++) {
            x.get(at + k * cols, row, 0, cols);
            keepLarger(row, largest, cols);
        }
        Arrays.fill(sum, 0, cols, 0f);
        for (int k = 0; k < rows; k++) {
            x.get(at + k * cols, row, 0, cols);
            Exponential.splitDifference(row, largest, other, power, cols);
            Exponential.powersOfTwo(power, cols);
            multiplyAndAdd(other, power, row, sum, cols);
            x.put(at + k * cols, row, 0, cols);
        }
        invert(sum, cols);
        for (int k = 0; k < rows; k++) {
            x.get(at + k * cols, row, 0, cols);
            multiply(row, sum, cols);
            x.put(at + k * cols, row, 0, cols);
        }
    }

    /** Computes g ← scale·p ∘ (g − columnsum(p ∘ g)), where p is the result of {@link #forward}. */
    void gradient(FloatBuffer p, int at, FloatBuffer g, float scale, int rows, int cols) {
        reserve(cols);
        Arrays.fill(sum, 0, cols, 0f);
        for (int k = 0; k < rows; k++) {
            p.get(at + k * cols, row, 0, cols);
            g.get(k * cols, other, 0, cols);
            addProduct(row, other, sum, cols);
        }
        for (int k = 0; k < rows; k++) {
            p.get(at + k * cols, row, 0, cols);
            g.get(k * cols, other, 0, cols);
            subtractAndMultiply(other, sum, row, scale, cols);
            g.put(k * cols, other, 0, cols);
        }
    }

    static void keepLarger(float[] row, float[] largest, int length) {
        for (int j = 0; j < length; j++) {
            largest[j] = Math.max(largest[j], row[j]);
        }
    }

    static void multiplyAndAdd(float[] a, float[] b, float[] product, float[] sum, int length) {
        for (int j = 0; j < length; j++) {
            float p = a[j] * b[j];
            product[j] = p;
            sum[j] += p;
        }
    }

    private static void invert(float[] x, int length) {
        for (int j = 0; j < length; j++) {
            x[j] = 1 / x[j];
        }
    }

    static void multiply(float[] x, float[] factor, int length) {
        for (int j = 0; j < length; j++) {
            x[j] *= factor[j];
        }
    }

    private static void addProduct(float[] a, float[] b, float[] sum, int length) {
        for (int j = 0; j < length; j++) {
            sum[j] = Math.fma(a[j], b[j], sum[j]);
        }
    }

    static void subtractAndMultiply(float[] g, float[] sum, float[] p, float scale, int length) {
        for (int j = 0; j < length; j++) {
            g[j] = scale * p[j] * (g[j] - sum[j]);
        }
    }
}
