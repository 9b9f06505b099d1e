package org.lsradapt.encoder.kernels;

import java.nio.FloatBuffer;
import java.util.function.IntConsumer;
import org.lsradapt.lsr.backend.Blas;
import org.lsradapt.lsr.backend.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fast path for FLOAT on ND4J's CPU backend. Each task copies a few rows from native memory to Java arrays that stay in
 * the cache, runs loops over them that the JIT compiler turns into vector instructions, and copies the result back; one
 * pass does all that an array needs.
 */
public final class CpuKernels implements EncoderKernels {

    /** Numbers per chunk: a few arrays of this size fit the second-level cache with room to spare. */
    private static final int CHUNK = 12_288;

    private static final ThreadLocal<Floats> FLOATS = ThreadLocal.withInitial(Floats::new);

    private final CpuAttention attention = new CpuAttention();

    @Override
    public void embed(INDArray[] tables, int[][] rows, INDArray out) {
        Rows to = new Rows(out);
        FloatBuffer[] from = new FloatBuffer[tables.length];
        for (int i = 0; i < tables.length; i++) {
            from[i] = Blas.buffer(tables[i]);
        }
        byRows(to, (first, count, floats) -> {
            float[] sum = floats.get(0, to.width);
            float[] row = floats.get(1, to.width);
            for (int t = first; t < first + count; t++) {
                from[0].get(rows[0][t] * to.width, sum, 0, to.width);
                for (int i = 1; i < from.length; i++) {
                    from[i].get(rows[i][t] * to.width, row, 0, to.width);
                    for (int j = 0; j < to.width; j++) {
                        sum[j] += row[j];
                    }
                }
                to.write(t, sum);
            }
        });
    }

    @Override
    public void gelu(INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        Rows in = new Rows(product);
        Rows to = new Rows(out);
        FloatBuffer biases = Blas.buffer(bias);
        int width = in.width;
        byRows(in, (first, count, floats) -> {
            float[] b = floats.get(0, width);
            float[] z = floats.get(1, width);
            float[] value = floats.get(2, width);
            biases.get(0, b, 0, width);
            for (int t = first; t < first + count; t++) {
                in.read(t, z);
                add(z, b, width);
                Gelu.values(z, value, width);
                to.write(t, value);
                if (keepDerivative) {
                    Gelu.derivatives(z, value, width);
                    in.write(t, value);
                }
            }
        });
    }

    @Override
    public void multiply(INDArray factor, INDArray inOut) {
        Rows left = new Rows(factor);
        Rows right = new Rows(inOut);
        byRows(right, (first, count, floats) -> {
            int length = count * right.width;
            float[] a = floats.get(0, length);
            float[] b = floats.get(1, length);
            left.read(first, count, a);
            right.read(first, count, b);
            for (int j = 0; j < length; j++) {
                b[j] *= a[j];
            }
            right.write(first, count, b);
        });
    }

    @Override
    public void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation) {
        Rows in = new Rows(product);
        Rows added = residual == null ? null : new Rows(residual);
        Rows to = new Rows(out);
        Rows kept = normalized == null ? null : new Rows(normalized);
        FloatBuffer deviations = inverseDeviation == null ? null : Blas.buffer(inverseDeviation);
        FloatBuffer biases = bias == null ? null : Blas.buffer(bias);
        FloatBuffer gammas = Blas.buffer(gamma);
        FloatBuffer betas = Blas.buffer(beta);
        int width = in.width;
        byRows(in, (first, count, floats) -> {
            float[] b = floats.get(0, width);
            float[] g = floats.get(1, width);
            float[] shift = floats.get(2, width);
            float[] z = floats.get(3, width);
            float[] r = floats.get(4, width);
            if (biases != null) {
                biases.get(0, b, 0, width);
            }
            gammas.get(0, g, 0, width);
            betas.get(0, shift, 0, width);
            for (int t = first; t < first + count; t++) {
                in.read(t, z);
                if (biases != null) {
                    add(z, b, width);
                }
                if (added != null) {
                    added.read(t, r);
                    add(z, r, width);
                }
                float inverse = RowMath.normalize(z, width, epsilon);
                if (kept != null) {
                    kept.write(t, z);
                    deviations.put(t, inverse);
                }
                for (int j = 0; j < width; j++) {
                    z[j] = z[j] * g[j] + shift[j];
                }
                to.write(t, z);
            }
        });
    }

    @Override
    public void normalizeGradient(
            INDArray gradOut, INDArray gamma, INDArray normalized, INDArray inverseDeviation, INDArray gradIn) {
        Rows from = new Rows(gradOut);
        Rows kept = new Rows(normalized);
        Rows to = new Rows(gradIn);
        FloatBuffer deviations = Blas.buffer(inverseDeviation);
        FloatBuffer gammas = Blas.buffer(gamma);
        int width = from.width;
        byRows(from, (first, count, floats) -> {
            float[] scale = floats.get(0, width);
            float[] g = floats.get(1, width);
            float[] n = floats.get(2, width);
            gammas.get(0, scale, 0, width);
            for (int t = first; t < first + count; t++) {
                from.read(t, g);
                kept.read(t, n);
                for (int j = 0; j < width; j++) {
                    g[j] *= scale[j];
                }
                RowMath.normalizeGradient(g, n, width, deviations.get(t));
                to.write(t, g);
            }
        });
    }

    @Override
    public void tanh(INDArray z) {
        Rows rows = new Rows(z);
        byRows(rows, (first, count, floats) -> {
            float[] row = floats.get(0, rows.width);
            for (int t = first; t < first + count; t++) {
                rows.read(t, row);
                for (int j = 0; j < rows.width; j++) {
                    row[j] = (float) Math.tanh(row[j]);
                }
                rows.write(t, row);
            }
        });
    }

    @Override
    public void tanhGradient(INDArray y, INDArray grad) {
        Rows values = new Rows(y);
        Rows gradients = new Rows(grad);
        byRows(gradients, (first, count, floats) -> {
            float[] value = floats.get(0, values.width);
            float[] gradient = floats.get(1, values.width);
            for (int t = first; t < first + count; t++) {
                values.read(t, value);
                gradients.read(t, gradient);
                for (int j = 0; j < values.width; j++) {
                    gradient[j] *= 1 - value[j] * value[j];
                }
                gradients.write(t, gradient);
            }
        });
    }

    @Override
    public void gatherRows(INDArray from, int[] rows, INDArray to) {
        Rows source = new Rows(from);
        Rows target = new Rows(to);
        float[] row = FLOATS.get().get(0, target.width);
        for (int i = 0; i < rows.length; i++) {
            source.read(rows[i], row);
            target.write(i, row);
        }
    }

    @Override
    public void scatterRows(INDArray from, int[] rows, INDArray to) {
        Rows source = new Rows(from);
        Rows target = new Rows(to);
        float[] row = FLOATS.get().get(0, target.width);
        for (int i = 0; i < rows.length; i++) {
            source.read(i, row);
            target.write(rows[i], row);
        }
    }

    @Override
    public void scatterAddRows(INDArray from, int[] rows, INDArray to) {
        Rows source = new Rows(from);
        Rows target = new Rows(to);
        float[] row = FLOATS.get().get(0, target.width);
        float[] sum = FLOATS.get().get(1, target.width);
        for (int i = 0; i < rows.length; i++) {
            source.read(i, row);
            target.read(rows[i], sum);
            add(sum, row, target.width);
            target.write(rows[i], sum);
        }
    }

    @Override
    public void attention(
            Spans spans, int heads, INDArray q, INDArray k, INDArray v, INDArray probabilities, INDArray out) {
        attention.forward(spans, heads, q, k, v, probabilities, out);
    }

    @Override
    public void attentionGradient(
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
        attention.backward(spans, heads, q, k, v, probabilities, gradOut, gradQ, gradK, gradV);
    }

    private static void add(float[] values, float[] added, int length) {
        for (int j = 0; j < length; j++) {
            values[j] += added[j];
        }
    }

    private static void byRows(Rows rows, ChunkBody body) {
        int perChunk = Math.max(1, CHUNK / rows.width);
        int chunks = (rows.count + perChunk - 1) / perChunk;
        IntConsumer task = chunk -> {
            int first = chunk * perChunk;
            body.run(first, Math.min(perChunk, rows.count - first), FLOATS.get());
        };
        Parallel.run(chunks, task);
    }

    private interface ChunkBody {
        void run(int first, int count, Floats floats);
    }

    /** The rows of a FLOAT matrix in native memory. */
    private static final class Rows {
        final int count;
        final int width;
        private final int stride;
        private final FloatBuffer buffer;

        Rows(INDArray matrix) {
            count = (int) matrix.size(0);
            width = (int) matrix.size(1);
            stride = count == 1 ? width : matrix.stride(0);
            buffer = Blas.buffer(matrix);
        }

        void read(int row, float[] to) {
            buffer.get(row * stride, to, 0, width);
        }

        void read(int first, int rows, float[] to) {
            if (stride == width) {
                buffer.get(first * stride, to, 0, rows * width);
                return;
            }
            for (int t = 0; t < rows; t++) {
                buffer.get((first + t) * stride, to, t * width, width);
            }
        }

        void write(int row, float[] from) {
            buffer.put(row * stride, from, 0, width);
        }

        void write(int first, int rows, float[] from) {
            if (stride == width) {
                buffer.put(first * stride, from, 0, rows * width);
                return;
            }
            for (int t = 0; t < rows; t++) {
                buffer.put((first + t) * stride, from, t * width, width);
            }
        }
    }

    /** One thread's Java arrays, by number, grown to the largest that was asked for. */
    private static final class Floats {
        private final float[][] arrays = new float[5][0];

        float[] get(int i, int length) {
            if (arrays[i].length < length) {
                arrays[i] = new float[length];
            }
            return arrays[i];
        }
    }
}
