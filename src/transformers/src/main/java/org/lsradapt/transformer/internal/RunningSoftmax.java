package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Softmax over columns whose rows are in several tiles, one after another in the same native memory, and its gradient.
 * A tile may lack the first columns.
 *
 * <p>As in {@link ColumnSoftmax}, each loop runs over a Java array; here it has several rows, since what a loop leaves
 * unvectorized at its ends takes as long as hundreds of numbers.
 */
final class RunningSoftmax {
    /** Numbers of a loop. Five such arrays fit the first-level cache. */
    private static final int NUMBERS = 1024;
    /** Less than any score, and finite: its difference to −∞ is not a NaN. */
    private static final float LOWEST = -1e30f;
    /** By how much a score may exceed c: sums of e^16 are far from overflow, and c rarely changes. */
    private static final float SLACK = 16;

    private float[] row = new float[0];
    private float[] other = new float[0];
    private float[] power = new float[0];
    /** Numbers of each of a tile's columns, repeated for each row of a loop. */
    private float[] repeated = new float[0];

    private float[] sums = new float[0];

    /** The number of all columns. */
    private int width;
    /** For each column a number c, nearly its largest score so far; for the gradient, log Σ e^x. */
    private float[] c = new float[0];
    /** For each column Σ e^(x − c) so far; for the gradient, its mean. */
    private float[] sum = new float[0];

    private float[] factors = new float[0];

    /** Begins a softmax. */
    void begin(int columns) {
        reserve(columns);
        Arrays.fill(c, 0, columns, LOWEST);
        Arrays.fill(sum, 0, columns, 0f);
    }

    /** Begins the gradient of a softmax: {@code logSums} are those of {@link #end}, {@code means} are Σ p·g. */
    void begin(float[] logSums, float[] means, int columns) {
        reserve(columns);
        System.arraycopy(logSums, 0, c, 0, columns);
        System.arraycopy(means, 0, sum, 0, columns);
    }

    private void reserve(int columns) {
        width = columns;
        int length = Math.max(NUMBERS, columns);
        if (row.length < length) {
            row = new float[length];
            other = new float[length];
            power = new float[length];
            repeated = new float[length];
            sums = new float[length];
            c = new float[length];
            sum = new float[length];
            factors = new float[length];
        }
    }

    /**
     * Overwrites a tile's scores with e^(x − c), and adds them up.
     *
     * @param skipped how many of the first columns it lacks
     * @return whether c has changed: results of earlier tiles are to be multiplied by the {@link #factors} of its columns
     */
    boolean next(FloatBuffer x, int rows, int skipped) {
        int cols = width - skipped;
        int step = Math.max(1, NUMBERS / cols);
        boolean changes = adapt(x, rows, skipped);
        repeat(c, skipped, repeated, cols, step);
        Arrays.fill(sums, 0, step * cols, 0f);
        for (int k = 0; k < rows; k += step) {
            int length = Math.min(step, rows - k) * cols;
            x.get(k * cols, row, 0, length);
            exponentiate(length);
            ColumnSoftmax.multiplyAndAdd(other, power, row, sums, length);
            x.put(k * cols, row, 0, length);
        }
        for (int i = 0; i < step; i++) {
            for (int j = 0; j < cols; j++) {
                sum[skipped + j] += sums[i * cols + j];
            }
        }
        return changes;
    }

    /** Sets c to the largest scores so far if one of them exceeds it by much; returns whether that is so. */
    private boolean adapt(FloatBuffer x, int rows, int skipped) {
        int cols = width - skipped;
        int step = Math.max(1, NUMBERS / cols);
        repeat(c, skipped, repeated, cols, step);
        for (int k = 0; k < rows; k += step) {
            int length = Math.min(step, rows - k) * cols;
            x.get(k * cols, row, 0, length);
            ColumnSoftmax.keepLarger(row, repeated, length);
        }
        for (int i = 1; i < step; i++) {
            System.arraycopy(repeated, i * cols, other, 0, cols);
            ColumnSoftmax.keepLarger(other, repeated, cols);
        }
        boolean exceeds = false;
        for (int j = 0; j < cols; j++) {
            exceeds |= repeated[j] > c[skipped + j] + SLACK;
        }
        for (int j = 0; exceeds && j < cols; j++) {
            factors[j] = (float) Math.exp(c[skipped + j] - repeated[j]);
            sum[skipped + j] *= factors[j];
            c[skipped + j] = repeated[j];
        }
        return exceeds;
    }

    private static void repeat(float[] from, int at, float[] to, int length, int times) {
        for (int i = 0; i < times; i++) {
            System.arraycopy(from, at, to, i * length, length);
        }
    }

    /** Sets other·power to e^(row − repeated). */
    private void exponentiate(int length) {
        Exponential.splitDifference(row, repeated, other, power, length);
        Exponential.powersOfTwo(power, length);
    }

    /** Ends the softmax. The {@link #factors} are then the inverse sums, and {@code logSums} gets log Σ e^x. */
    void end(float[] logSums) {
        for (int j = 0; j < width; j++) {
            logSums[j] = c[j] + (float) Math.log(sum[j]);
            factors[j] = 1 / sum[j];
        }
    }

    /** A factor for each column, until the next call. */
    float[] factors() {
        return factors;
    }

    /** Overwrites a tile's scores x with p, and g with scale·p ∘ (g − mean); see {@link #next}. */
    void gradient(FloatBuffer x, FloatBuffer g, float scale, int rows, int skipped) {
        int cols = width - skipped;
        int step = Math.max(1, NUMBERS / cols);
        repeat(c, skipped, repeated, cols, step);
        repeat(sum, skipped, sums, cols, step);
        for (int k = 0; k < rows; k += step) {
            int length = Math.min(step, rows - k) * cols;
            x.get(k * cols, row, 0, length);
            exponentiate(length);
            ColumnSoftmax.multiply(other, power, length);
            x.put(k * cols, other, 0, length);
            g.get(k * cols, row, 0, length);
            ColumnSoftmax.subtractAndMultiply(row, sums, other, scale, length);
            g.put(k * cols, row, 0, length);
        }
    }
}
