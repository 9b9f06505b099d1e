package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Softmax over the columns of a matrix in native memory, and its gradient. Each loop runs over one row from index 0 on,
 * a form that the JIT compiler vectorizes. A softmax over rows would need sums and maxima along the row, which it does
 * not vectorize. A difference below {@link Exponential#SMALLEST} counts as that value.
 */
final class ColumnSoftmax {
    /** Less than any score, and finite: its difference to −∞ is not a NaN. */
    private static final float LOWEST = -1e30f;
    /** By how much a number may exceed c of {@link #next}: sums of e^16 are far from overflow. */
    private static final float SLACK = 16;

    private float[] row = new float[0];
    private float[] other = new float[0];
    private float[] power = new float[0];
    private float[] largest = new float[0];
    private float[] sum = new float[0];
    private float[] most = new float[0];
    private float[] factors = new float[0];

    private void reserve(int cols) {
        if (row.length < cols) {
            row = new float[cols];
            other = new float[cols];
            power = new float[cols];
            largest = new float[cols];
            sum = new float[cols];
            most = new float[cols];
            factors = new float[cols];
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
        addExponentials(x, at, rows, cols);
        invert(sum, cols);
        for (int k = 0; k < rows; k++) {
            x.get(at + k * cols, row, 0, cols);
            multiply(row, sum, cols);
            x.put(at + k * cols, row, 0, cols);
        }
    }

    /** Overwrites x with e^(x − largest), and adds it to the sums. */
    private void addExponentials(FloatBuffer x, int at, int rows, int cols) {
        for (int k = 0; k < rows; k++) {
            x.get(at + k * cols, row, 0, cols);
            Exponential.splitDifference(row, largest, other, power, cols);
            Exponential.powersOfTwo(power, cols);
            multiplyAndAdd(other, power, row, sum, cols);
            x.put(at + k * cols, row, 0, cols);
        }
    }

    /** Begins the softmax of columns whose rows are in several matrices. */
    void begin(int cols) {
        reserve(cols);
        Arrays.fill(largest, 0, cols, LOWEST);
        Arrays.fill(sum, 0, cols, 0f);
    }

    /**
     * Overwrites the next rows with e^(x − c), where c is nearly the column's largest number so far, and adds them up.
     *
     * @return whether c has changed: sums of earlier rows are to be multiplied by the {@link #factors}
     */
    boolean next(FloatBuffer x, int rows, int cols) {
        System.arraycopy(largest, 0, most, 0, cols);
        for (int k = 0; k < rows; k++) {
            x.get(k * cols, row, 0, cols);
            keepLarger(row, most, cols);
        }
        boolean changes = exceeds(most, largest, cols);
        if (changes) {
            change(cols);
        }
        addExponentials(x, 0, rows, cols);
        return changes;
    }

    /** Ends the softmax: the {@link #factors} then are the inverse sums; {@code logSums} gets the sums' logarithms plus c. */
    void end(float[] logSums, int cols) {
        for (int j = 0; j < cols; j++) {
            logSums[j] = largest[j] + (float) Math.log(sum[j]);
            factors[j] = 1 / sum[j];
        }
    }

    /** A factor for each column, until the next call. */
    float[] factors() {
        return factors;
    }

    private static boolean exceeds(float[] most, float[] largest, int length) {
        for (int j = 0; j < length; j++) {
            if (most[j] > largest[j] + SLACK) {
                return true;
            }
        }
        return false;
    }

    private void change(int cols) {
        for (int j = 0; j < cols; j++) {
            factors[j] = (float) Math.exp(largest[j] - most[j]);
            sum[j] *= factors[j];
            largest[j] = most[j];
        }
    }

    /** Overwrites x with p = e^(x − logSums), and g with scale·p ∘ (g − mean). */
    void gradient(FloatBuffer x, FloatBuffer g, float[] logSums, float[] mean, float scale, int rows, int cols) {
        reserve(cols);
        for (int k = 0; k < rows; k++) {
            x.get(k * cols, row, 0, cols);
            Exponential.splitDifference(row, logSums, other, power, cols);
            Exponential.powersOfTwo(power, cols);
            multiply(other, power, cols);
            x.put(k * cols, other, 0, cols);
            g.get(k * cols, row, 0, cols);
            subtractAndMultiply(row, mean, other, scale, cols);
            g.put(k * cols, row, 0, cols);
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

    private static void keepLarger(float[] row, float[] largest, int length) {
        for (int j = 0; j < length; j++) {
            largest[j] = Math.max(largest[j], row[j]);
        }
    }

    private static void multiplyAndAdd(float[] a, float[] b, float[] product, float[] sum, int length) {
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

    private static void multiply(float[] x, float[] factor, int length) {
        for (int j = 0; j < length; j++) {
            x[j] *= factor[j];
        }
    }

    private static void addProduct(float[] a, float[] b, float[] sum, int length) {
        for (int j = 0; j < length; j++) {
            sum[j] = Math.fma(a[j], b[j], sum[j]);
        }
    }

    private static void subtractAndMultiply(float[] g, float[] sum, float[] p, float scale, int length) {
        for (int j = 0; j < length; j++) {
            g[j] = scale * p[j] * (g[j] - sum[j]);
        }
    }
}
