package org.lsradapt.lsr.backend;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.Blas;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The memory of stacked FLOAT Kronecker factors, and the work on one sum outside of matrix products. */
final class FactorMemory {
    private static final int LONG_COPY = 16;

    final int d;
    final int n;
    final int s;
    private final int[] rows;
    private final int[] cols;
    private final FloatPointer[] pointers;
    private final FloatBuffer[] buffers;
    private final FloatBuffer weights;

    FactorMemory(List<INDArray> factors, INDArray termWeights) {
        d = factors.size();
        n = (int) factors.get(0).size(0);
        s = (int) factors.get(0).size(1);
        rows = new int[d];
        cols = new int[d];
        pointers = new FloatPointer[d];
        buffers = new FloatBuffer[d];
        for (int i = 0; i < d; i++) {
            INDArray factor = factors.get(i);
            rows[i] = (int) factor.size(2);
            cols[i] = (int) factor.size(3);
            pointers[i] = Blas.floats(factor);
            buffers[i] = Blas.buffer(factor);
        }
        weights = termWeights == null ? null : Blas.buffer(termWeights);
    }

    /** Elements in factor i of one term. */
    int length(int i) {
        return rows[i] * cols[i];
    }

    /** Elements in the Kronecker product of all factors of one term except the first. */
    int restLength() {
        return productRows(1) * productCols(1);
    }

    private int productRows(int from) {
        int product = 1;
        for (int i = from; i < d; i++) {
            product *= rows[i];
        }
        return product;
    }

    private int productCols(int from) {
        int product = 1;
        for (int i = from; i < d; i++) {
            product *= cols[i];
        }
        return product;
    }

    /** Factor i of sum m, [s, length]. */
    FloatPointer pointer(int i, int m) {
        return pointers[i].getPointer((long) m * s * length(i));
    }

    private float[] read(int i, int m) {
        float[] values = new float[s * length(i)];
        buffers[i].get(m * s * length(i), values);
        return values;
    }

    private void write(int i, int m, float[] values) {
        buffers[i].put(m * s * length(i), values, 0, s * length(i));
    }

    private float weight(int m, int k) {
        return weights == null ? 1 : weights.get(m * s + k);
    }

    /** The first factors of sum m, times their λ. */
    FloatPointer weightedFirst(int m, Scratch scratch) {
        if (weights == null) {
            return pointer(0, m);
        }
        float[] values = read(0, m);
        int length = length(0);
        for (int k = 0; k < s; k++) {
            float weight = weight(m, k);
            for (int j = 0; j < length; j++) {
                values[k * length + j] *= weight;
            }
        }
        FloatPointer first = scratch.first(values.length);
        first.put(values, 0, values.length);
        return first;
    }

    /** The Kronecker products of factors 2 … d of sum m, [s, restLength]. */
    FloatPointer trailing(int m, Scratch scratch) {
        if (d == 2) {
            return pointer(1, m);
        }
        float[] values = trailing(m)[1];
        FloatPointer trailing = scratch.trailing(values.length);
        trailing.put(values, 0, values.length);
        return trailing;
    }

    /** At each index i ≥ 1, the Kronecker products of factors i … d-1 (counted from 0), [s, rows, cols]. */
    private float[][] trailing(int m) {
        float[][] products = new float[d][];
        products[d - 1] = read(d - 1, m);
        for (int i = d - 2; i >= 1; i--) {
            float[] left = read(i, m);
            float[] right = products[i + 1];
            float[] product = new float[s * productRows(i) * productCols(i)];
            int behindRows = productRows(i + 1);
            int behindCols = productCols(i + 1);
            int at = 0;
            for (int k = 0; k < s; k++) {
                for (int a = 0; a < rows[i]; a++) {
                    for (int c = 0; c < behindRows; c++) {
                        for (int b = 0; b < cols[i]; b++) {
                            float value = left[(k * rows[i] + a) * cols[i] + b];
                            int row = (k * behindRows + c) * behindCols;
                            for (int e = 0; e < behindCols; e++) {
                                product[at++] = value * right[row + e];
                            }
                        }
                    }
                }
            }
            products[i] = product;
        }
        return products;
    }

    int firstRows() {
        return rows[0];
    }

    int firstCols() {
        return cols[0];
    }

    /** Reorders {@code count} rows' products [count, c₁, R₂, C₂] to the dense rows [count, R₂, c₁, C₂]. */
    void order(float[] products, float[] dense, int count) {
        int restRows = productRows(1);
        int restCols = productCols(1);
        int at = 0;
        for (int a = 0; a < count; a++) {
            for (int c = 0; c < restRows; c++) {
                int from = (a * cols[0] * restRows + c) * restCols;
                for (int b = 0; b < cols[0]; b++) {
                    copy(products, from, dense, at, restCols);
                    at += restCols;
                    from += restRows * restCols;
                }
            }
        }
    }

    void unorder(float[] dense, float[] products, int count) {
        int restRows = productRows(1);
        int restCols = productCols(1);
        int at = 0;
        for (int a = 0; a < count; a++) {
            for (int c = 0; c < restRows; c++) {
                int to = (a * cols[0] * restRows + c) * restCols;
                for (int b = 0; b < cols[0]; b++) {
                    copy(dense, at, products, to, restCols);
                    at += restCols;
                    to += restRows * restCols;
                }
            }
        }
    }

    /** Avoids calls for short lengths, which cost more than the copy; the last factors of A have few columns. */
    private static void copy(float[] from, int fromAt, float[] to, int toAt, int length) {
        if (length == 2) {
            to[toAt] = from[fromAt];
            to[toAt + 1] = from[fromAt + 1];
        } else if (length >= LONG_COPY) {
            System.arraycopy(from, fromAt, to, toAt, length);
        } else {
            for (int i = 0; i < length; i++) {
                to[toAt + i] = from[fromAt + i];
            }
        }
    }

    /** Materializes a sum of one factor per term: dense = Σ_k λ_k F_k. */
    void weightedSum(int m, Scratch scratch, float[] dense) {
        int length = length(0);
        float[] values = scratch.unordered(s * length);
        buffers[0].get(m * s * length, values, 0, s * length);
        Arrays.fill(dense, 0, length, 0f);
        for (int k = 0; k < s; k++) {
            float weight = weight(m, k);
            for (int j = 0; j < length; j++) {
                dense[j] += weight * values[k * length + j];
            }
        }
    }

    void weightedSumGradient(int m, float[] gradDense, FactorMemory gradients) {
        int length = length(0);
        float[] values = new float[s * length];
        for (int k = 0; k < s; k++) {
            System.arraycopy(gradDense, 0, values, k * length, length);
        }
        gradients.write(0, m, values);
        finishFirstGradient(m, gradients);
    }

    /** Takes the gradient of the first factors without λ, fills that of λ, and multiplies the former by λ. */
    void finishFirstGradient(int m, FactorMemory gradients) {
        if (gradients.weights == null && weights == null) {
            return;
        }
        int length = length(0);
        float[] factor = read(0, m);
        float[] gradient = gradients.read(0, m);
        for (int k = 0; k < s; k++) {
            double overlap = 0;
            float weight = weight(m, k);
            for (int j = k * length; j < (k + 1) * length; j++) {
                overlap += (double) factor[j] * gradient[j];
                gradient[j] *= weight;
            }
            if (gradients.weights != null) {
                gradients.weights.put(m * s + k, (float) overlap);
            }
        }
        gradients.write(0, m, gradient);
    }

    /** Distributes the gradient of the trailing products, [s, restLength], over factors 2 … d of sum m. */
    void unfold(int m, FloatPointer gradRest, FactorMemory gradients) {
        float[][] products = trailing(m);
        float[] incoming = new float[s * restLength()];
        gradRest.get(incoming, 0, incoming.length);
        for (int i = 1; i < d - 1; i++) {
            incoming = split(i, read(i, m), products[i + 1], incoming, m, gradients);
        }
        gradients.write(d - 1, m, incoming);
    }

    /** Writes the gradient of factor i and returns that of the products after it. */
    private float[] split(int i, float[] factor, float[] behind, float[] incoming, int m, FactorMemory gradients) {
        int behindRows = productRows(i + 1);
        int behindCols = productCols(i + 1);
        float[] gradFactor = new float[factor.length];
        float[] gradBehind = new float[behind.length];
        int at = 0;
        for (int k = 0; k < s; k++) {
            for (int a = 0; a < rows[i]; a++) {
                for (int c = 0; c < behindRows; c++) {
                    for (int b = 0; b < cols[i]; b++) {
                        int here = (k * rows[i] + a) * cols[i] + b;
                        int row = (k * behindRows + c) * behindCols;
                        float sum = 0;
                        for (int e = 0; e < behindCols; e++, at++) {
                            sum += incoming[at] * behind[row + e];
                            gradBehind[row + e] += incoming[at] * factor[here];
                        }
                        gradFactor[here] += sum;
                    }
                }
            }
        }
        gradients.write(i, m, gradFactor);
        return gradBehind;
    }
}
