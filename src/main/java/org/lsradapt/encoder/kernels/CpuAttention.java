package org.lsradapt.encoder.kernels;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.backend.Blas;
import org.lsradapt.lsr.backend.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention of {@link CpuKernels}: one task per sequence and head, small BLAS products on blocks of the arrays in place. */
final class CpuAttention {
    private static final ThreadLocal<Work> WORK = ThreadLocal.withInitial(Work::new);

    void forward(Spans spans, int heads, INDArray q, INDArray k, INDArray v, INDArray probabilities, INDArray out) {
        Matrix queries = new Matrix(q);
        Matrix keys = new Matrix(k);
        Matrix values = new Matrix(v);
        Matrix outputs = new Matrix(out);
        FloatPointer p = Blas.floats(probabilities);
        FloatBuffer pBuffer = Blas.buffer(probabilities);
        long[] offsets = offsets(spans, heads);
        int width = queries.width / heads;
        float scale = (float) (1 / Math.sqrt(width));
        Parallel.run(spans.size() * heads, task -> {
            int b = task / heads;
            int head = task % heads;
            int m = spans.queryCount(b);
            int n = spans.keyCount(b);
            int from = spans.queries()[b];
            int keyFrom = spans.keys()[b];
            long at = offsets[b] + (long) head * m * n;
            FloatPointer scores = p.getPointer(at);
            Blas.gemm(
                    false,
                    true,
                    m,
                    n,
                    width,
                    scale,
                    queries.at(from, head * width),
                    queries.stride,
                    keys.at(keyFrom, head * width),
                    keys.stride,
                    0,
                    scores,
                    n);
            Work work = WORK.get();
            float[] s = work.floats(0, m * n);
            float[] row = work.floats(1, n);
            pBuffer.get((int) at, s, 0, m * n);
            for (int i = 0; i < m; i++) {
                RowMath.softmax(s, row, i * n, n);
            }
            pBuffer.put((int) at, s, 0, m * n);
            Blas.gemm(
                    false,
                    false,
                    m,
                    width,
                    n,
                    1,
                    scores,
                    n,
                    values.at(keyFrom, head * width),
                    values.stride,
                    0,
                    outputs.at(from, head * width),
                    outputs.stride);
        });
    }

    void backward(
            Spans spans,
            int heads,
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray probabilities,
            INDArray gradOut,
            INDArray gradQ,
            INDArray gradK,
            INDArray gradV) {
        Matrix queries = new Matrix(q);
        Matrix keys = new Matrix(k);
        Matrix values = new Matrix(v);
        Matrix grads = new Matrix(gradOut);
        Matrix gradQueries = new Matrix(gradQ);
        Matrix gradKeys = gradK == null ? null : new Matrix(gradK);
        Matrix gradValues = new Matrix(gradV);
        FloatPointer p = Blas.floats(probabilities);
        FloatBuffer pBuffer = Blas.buffer(probabilities);
        long[] offsets = offsets(spans, heads);
        int width = queries.width / heads;
        float scale = (float) (1 / Math.sqrt(width));
        Parallel.run(spans.size() * heads, task -> {
            int b = task / heads;
            int column = task % heads * width;
            int m = spans.queryCount(b);
            int n = spans.keyCount(b);
            int from = spans.queries()[b];
            int keyFrom = spans.keys()[b];
            long at = offsets[b] + (long) (task % heads) * m * n;
            FloatPointer probability = p.getPointer(at);
            FloatPointer g = grads.at(from, column);
            Work work = WORK.get();
            FloatPointer gradScores = work.pointer(m * n);
            Blas.gemm(
                    true, false, n, width, m, 1, probability, n, g, grads.stride, 0, gradValues.at(keyFrom, column),
                    gradValues.stride);
            Blas.gemm(
                    false, true, m, n, width, 1, g, grads.stride, values.at(keyFrom, column), values.stride, 0,
                    gradScores, n);
            softmaxGradient(pBuffer, (int) at, gradScores, m, n, scale, work);
            Blas.gemm(
                    false, false, m, width, n, 1, gradScores, n, keys.at(keyFrom, column), keys.stride, 0,
                    gradQueries.at(from, column), gradQueries.stride);
            if (gradKeys != null) {
                Blas.gemm(
                        true, false, n, width, m, 1, gradScores, n, queries.at(from, column), queries.stride, 0,
                        gradKeys.at(keyFrom, column), gradKeys.stride);
            }
        });
    }

    /** gradScores ← scale·P ∘ (gradP − rowsum(P ∘ gradP)), in place. */
    private static void softmaxGradient(
            FloatBuffer pBuffer, int at, FloatPointer gradScores, int m, int n, float scale, Work work) {
        float[] p = work.floats(0, m * n);
        float[] g = work.floats(1, m * n);
        pBuffer.get(at, p, 0, m * n);
        gradScores.get(g, 0, m * n);
        for (int i = 0; i < m; i++) {
            int row = i * n;
            float a = 0;
            float c = 0;
            int j = row;
            for (; j < row + n - 1; j += 2) {
                a += p[j] * g[j];
                c += p[j + 1] * g[j + 1];
            }
            if (j < row + n) {
                a += p[j] * g[j];
            }
            float overlap = a + c;
            for (j = row; j < row + n; j++) {
                g[j] = scale * p[j] * (g[j] - overlap);
            }
        }
        gradScores.put(g, 0, m * n);
    }

    private static long[] offsets(Spans spans, int heads) {
        long[] offsets = new long[spans.size()];
        long offset = 0;
        for (int b = 0; b < offsets.length; b++) {
            offsets[b] = offset;
            offset += (long) spans.queryCount(b) * spans.keyCount(b) * heads;
        }
        if (offset > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: the batch has " + offset
                    + " attention probabilities, expected at most " + Integer.MAX_VALUE + "; use a smaller batch");
        }
        return offsets;
    }

    private static final class Matrix {
        final int width;
        final int stride;
        private final FloatPointer memory;

        Matrix(INDArray array) {
            width = (int) array.size(1);
            stride = array.size(0) == 1 ? Math.max(width, array.stride(0)) : array.stride(0);
            memory = Blas.floats(array);
        }

        FloatPointer at(int row, int column) {
            return memory.getPointer((long) row * stride + column);
        }
    }

    private static final class Work {
        private final float[][] arrays = new float[2][0];
        private FloatPointer native1 = new FloatPointer(0L);

        float[] floats(int i, int length) {
            if (arrays[i].length < length) {
                arrays[i] = new float[length];
            }
            return arrays[i];
        }

        FloatPointer pointer(int length) {
            if (native1.isNull() || native1.capacity() < length) {
                native1.close();
                native1 = new FloatPointer((long) length);
            }
            return native1;
        }
    }
}
