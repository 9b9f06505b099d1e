package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.transformer.parts.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fast path for FLOAT on ND4J's CPU backend. Each task copies a few rows from native memory to Java arrays that
 * stay in the cache, runs loops over them that the JIT compiler vectorizes, and copies the result back. One such pass
 * does all the work on an array.
 */
final class CpuKernels implements Kernels {

    /** Numbers per chunk: a few arrays of this size fit the second-level cache with room to spare. */
    private static final int CHUNK = 12_288;

    private static final ThreadLocal<Floats> FLOATS = ThreadLocal.withInitial(Floats::new);

    private final int mostKept;

    CpuKernels() {
        this(AttentionTasks.KEPT);
    }

    /** Creates kernels with another limit than {@link AttentionTasks#KEPT}. */
    CpuKernels(int mostKept) {
        this.mostKept = mostKept;
    }

    @Override
    public void embed(EmbeddingTable[] tables, int[][] rows, double scale, INDArray out) {
        Rows to = new Rows(out);
        byRows(to, (first, count, floats) -> {
            float[] sum = floats.get(0, to.width);
            float[] row = floats.get(1, to.width);
            for (int t = first; t < first + count; t++) {
                tables[0].read(rows[0][t], sum);
                for (int i = 1; i < tables.length; i++) {
                    tables[i].read(rows[i][t], row);
                    for (int j = 0; j < to.width; j++) {
                        sum[j] += row[j];
                    }
                }
                if (scale != 1) {
                    for (int j = 0; j < to.width; j++) {
                        sum[j] *= (float) scale;
                    }
                }
                to.write(t, sum);
            }
        });
    }

    @Override
    public void cap(double cap, INDArray x) {
        Rows rows = new Rows(x);
        byRows(rows, (first, count, floats) -> {
            float[] z = floats.get(0, rows.width);
            float[] scratch = floats.get(1, rows.width);
            for (int t = first; t < first + count; t++) {
                rows.read(t, z);
                Softcap.values(z, (float) cap, scratch, rows.width);
                rows.write(t, z);
            }
        });
    }

    @Override
    public void capGradient(double cap, INDArray capped, INDArray gradient) {
        Rows from = new Rows(capped);
        Rows to = new Rows(gradient);
        byRows(to, (first, count, floats) -> {
            float[] y = floats.get(0, to.width);
            float[] g = floats.get(1, to.width);
            for (int t = first; t < first + count; t++) {
                from.read(t, y);
                to.read(t, g);
                Softcap.gradient(y, (float) cap, g, to.width);
                to.write(t, g);
            }
        });
    }

    @Override
    public boolean roundsToBfloat16() {
        return OneDnn.isPresent();
    }

    @Override
    public void activate(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        Rows in = new Rows(product);
        Output to = Output.of(out);
        int width = in.width;
        byRows(in, (first, count, floats) -> {
            float[] b = vector(bias, floats, 0, width);
            float[] z = floats.get(1, width);
            float[] value = floats.get(2, width);
            float[] scratch = floats.get(3, width);
            for (int t = first; t < first + count; t++) {
                in.read(t, z);
                if (b != null) {
                    add(z, b, width);
                }
                Activations.values(f, z, value, scratch, width);
                to.write(t, first, value);
                if (keepDerivative) {
                    Activations.derivatives(f, z, value, scratch, width);
                    in.write(t, value);
                }
            }
            to.end(first, count);
        });
    }

    @Override
    public void activateGated(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        Rows in = new Rows(product);
        Output to = Output.of(out);
        int width = (int) out.size(1);
        byRows(in, (first, count, floats) -> {
            float[] b = vector(bias, floats, 0, 2 * width);
            float[] gate = floats.get(1, width);
            float[] up = floats.get(2, width);
            float[] value = floats.get(3, width);
            float[] scratch = floats.get(4, width);
            float[] both = floats.get(5, 2 * width);
            for (int t = first; t < first + count; t++) {
                in.read(t, both);
                if (b != null) {
                    add(both, b, 2 * width);
                }
                System.arraycopy(both, 0, gate, 0, width);
                System.arraycopy(both, width, up, 0, width);
                Activations.values(f, gate, value, scratch, width);
                if (keepDerivative) {
                    System.arraycopy(value, 0, both, width, width);
                }
                multiply(value, up, width);
                to.write(t, first, value);
                if (keepDerivative) {
                    Activations.derivatives(f, gate, value, scratch, width);
                    multiply(value, up, width);
                    System.arraycopy(value, 0, both, 0, width);
                    in.write(t, both);
                }
            }
            to.end(first, count);
        });
    }

    @Override
    public void gatedGradient(INDArray kept, INDArray gradOut, INDArray gradProduct) {
        Rows factors = new Rows(kept);
        Rows from = new Rows(gradOut);
        Output to = Output.of(gradProduct);
        int width = from.width;
        byRows(factors, (first, count, floats) -> {
            float[] both = floats.get(0, 2 * width);
            float[] g = floats.get(1, width);
            for (int t = first; t < first + count; t++) {
                factors.read(t, both);
                from.read(t, g);
                multiply(both, g, width);
                for (int j = 0; j < width; j++) {
                    both[width + j] *= g[j];
                }
                to.write(t, first, both);
            }
            to.end(first, count);
        });
    }

    @Override
    public void drop(INDArray x, DropMask mask, boolean add, INDArray out) {
        Rows from = new Rows(x);
        Rows to = new Rows(out);
        int width = from.width;
        byRows(from, (first, count, floats) -> {
            float[] row = floats.get(0, width);
            float[] sum = floats.get(1, width);
            for (int t = first; t < first + count; t++) {
                from.read(t, row);
                for (int j = 0; j < width; j++) {
                    row[j] *= (float) mask.factor(t, j);
                }
                if (add) {
                    to.read(t, sum);
                    add(row, sum, width);
                }
                to.write(t, row);
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
    public void add(INDArray product, INDArray bias, INDArray residual, INDArray out) {
        Rows in = new Rows(product);
        Rows added = residual == null ? null : new Rows(residual);
        Rows to = new Rows(out);
        int width = in.width;
        byRows(in, (first, count, floats) -> {
            float[] b = vector(bias, floats, 0, width);
            float[] z = floats.get(1, width);
            float[] r = floats.get(2, width);
            for (int t = first; t < first + count; t++) {
                sum(in, b, added, t, z, r);
                to.write(t, z);
            }
        });
    }

    /** Sets z to the row of the product, plus bias and residual if there are any. */
    private static void sum(Rows product, float[] bias, Rows residual, int row, float[] z, float[] scratch) {
        product.read(row, z);
        if (bias != null) {
            add(z, bias, product.width);
        }
        if (residual != null) {
            residual.read(row, scratch);
            add(z, scratch, product.width);
        }
    }

    @Override
    public void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray sum,
            NormWeights norm,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation) {
        Rows in = new Rows(product);
        Rows added = residual == null ? null : new Rows(residual);
        Rows sums = sum == null ? null : new Rows(sum);
        Rows to = new Rows(out);
        Rows kept = normalized == null ? null : new Rows(normalized);
        FloatBuffer deviations = inverseDeviation == null ? null : Blas.buffer(inverseDeviation);
        int width = in.width;
        byRows(in, (first, count, floats) -> {
            float[] b = vector(bias, floats, 0, width);
            float[] g = vector(norm.gamma(), floats, 1, width);
            float[] shift = vector(norm.beta(), floats, 2, width);
            float[] z = floats.get(3, width);
            float[] r = floats.get(4, width);
            for (int t = first; t < first + count; t++) {
                sum(in, b, added, t, z, r);
                if (sums != null) {
                    sums.write(t, z);
                }
                float inverse = normalize(z, width, norm);
                if (kept != null) {
                    kept.write(t, z);
                    deviations.put(t, inverse);
                }
                scale(z, g, shift, width);
                to.write(t, z);
            }
        });
    }

    /** Normalizes a row; returns the factor that it was multiplied by. */
    private static float normalize(float[] z, int width, NormWeights norm) {
        if (!norm.normalizes()) {
            return 1;
        }
        return norm.centres()
                ? RowMath.normalize(z, width, norm.epsilon())
                : RowMath.normalizeRms(z, width, norm.epsilon());
    }

    @Override
    public void normalizeGradient(
            INDArray gradOut,
            NormWeights norm,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray residual,
            INDArray gradIn) {
        Rows from = new Rows(gradOut);
        Rows kept = normalized == null ? null : new Rows(normalized);
        Rows added = residual == null ? null : new Rows(residual);
        Rows to = new Rows(gradIn);
        FloatBuffer deviations = kept == null ? null : Blas.buffer(inverseDeviation);
        int width = from.width;
        byRows(from, (first, count, floats) -> {
            float[] scale = vector(norm.gamma(), floats, 0, width);
            float[] g = floats.get(1, width);
            float[] n = floats.get(2, width);
            for (int t = first; t < first + count; t++) {
                from.read(t, g);
                multiply(g, scale, width);
                if (kept != null) {
                    kept.read(t, n);
                }
                if (norm.centres()) {
                    RowMath.normalizeGradient(g, n, width, deviations.get(t));
                } else if (norm.normalizes()) {
                    RowMath.normalizeRmsGradient(g, n, width, deviations.get(t));
                }
                if (added != null) {
                    added.read(t, n);
                    add(g, n, width);
                }
                to.write(t, g);
            }
        });
    }

    @Override
    public void scaleNormalized(INDArray normalized, NormWeights norm, INDArray out) {
        Rows from = new Rows(normalized);
        Rows to = new Rows(out);
        int width = from.width;
        byRows(from, (first, count, floats) -> {
            float[] g = vector(norm.gamma(), floats, 0, width);
            float[] shift = vector(norm.beta(), floats, 1, width);
            float[] z = floats.get(2, width);
            for (int t = first; t < first + count; t++) {
                from.read(t, z);
                scale(z, g, shift, width);
                to.write(t, z);
            }
        });
    }

    private static void scale(float[] z, float[] gamma, float[] beta, int width) {
        if (beta == null) {
            multiply(z, gamma, width);
            return;
        }
        for (int j = 0; j < width; j++) {
            z[j] = z[j] * gamma[j] + beta[j];
        }
    }

    @Override
    public void rotate(Rotation rotation, int[] positions, INDArray x, boolean back) {
        Rows rows = new Rows(x);
        int half = rotation.half();
        byRows(rows, (first, count, floats) -> {
            float[] row = floats.get(0, rows.width);
            float[] cos = floats.get(1, half);
            float[] sin = floats.get(2, half);
            float[] left = floats.get(3, half);
            float[] right = floats.get(4, half);
            for (int t = first; t < first + count; t++) {
                rows.read(t, row);
                rotation.read(positions[t], cos, sin);
                if (back) {
                    negate(sin, half);
                }
                for (int at = 0; at < rows.width; at += rotation.headSize()) {
                    System.arraycopy(row, at, left, 0, half);
                    System.arraycopy(row, at + half, right, 0, half);
                    for (int i = 0; i < half; i++) {
                        row[at + i] = left[i] * cos[i] - right[i] * sin[i];
                    }
                    for (int i = 0; i < half; i++) {
                        row[at + half + i] = right[i] * cos[i] + left[i] * sin[i];
                    }
                }
                rows.write(t, row);
            }
        });
    }

    @Override
    public void normalizeHeads(INDArray x, NormWeights norm, INDArray normalized, INDArray inverseDeviation) {
        Rows rows = new Rows(x);
        Rows kept = normalized == null ? null : new Rows(normalized);
        Rows deviations = inverseDeviation == null ? null : new Rows(inverseDeviation);
        int size = (int) norm.gamma().length();
        int heads = rows.width / size;
        byRows(rows, (first, count, floats) -> {
            float[] g = vector(norm.gamma(), floats, 0, size);
            float[] row = floats.get(1, rows.width);
            float[] z = floats.get(2, size);
            float[] inverse = floats.get(3, heads);
            float[] whole = floats.get(4, rows.width);
            for (int t = first; t < first + count; t++) {
                rows.read(t, row);
                for (int head = 0; head < heads; head++) {
                    System.arraycopy(row, head * size, z, 0, size);
                    inverse[head] = RowMath.normalizeRms(z, size, norm.epsilon());
                    System.arraycopy(z, 0, whole, head * size, size);
                    multiply(z, g, size);
                    System.arraycopy(z, 0, row, head * size, size);
                }
                rows.write(t, row);
                if (kept != null) {
                    kept.write(t, whole);
                    deviations.write(t, inverse);
                }
            }
        });
    }

    @Override
    public void normalizeHeadsGradient(
            NormWeights norm, INDArray normalized, INDArray inverseDeviation, INDArray gradient) {
        Rows rows = new Rows(gradient);
        Rows kept = new Rows(normalized);
        Rows deviations = new Rows(inverseDeviation);
        int size = (int) norm.gamma().length();
        int heads = rows.width / size;
        byRows(rows, (first, count, floats) -> {
            float[] scale = vector(norm.gamma(), floats, 0, size);
            float[] row = floats.get(1, rows.width);
            float[] whole = floats.get(2, rows.width);
            float[] inverse = floats.get(3, heads);
            float[] g = floats.get(4, size);
            float[] n = floats.get(5, size);
            for (int t = first; t < first + count; t++) {
                rows.read(t, row);
                kept.read(t, whole);
                deviations.read(t, inverse);
                for (int head = 0; head < heads; head++) {
                    System.arraycopy(row, head * size, g, 0, size);
                    System.arraycopy(whole, head * size, n, 0, size);
                    multiply(g, scale, size);
                    RowMath.normalizeRmsGradient(g, n, size, inverse[head]);
                    System.arraycopy(g, 0, row, head * size, size);
                }
                rows.write(t, row);
            }
        });
    }

    private static void negate(float[] x, int length) {
        for (int i = 0; i < length; i++) {
            x[i] = -x[i];
        }
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
    public void appendRows(INDArray from, int[] begins, INDArray[] to, int[] places) {
        Rows source = new Rows(from);
        float[] row = FLOATS.get().get(0, source.width);
        for (int b = 0; b < to.length; b++) {
            Rows target = new Rows(to[b]);
            for (int i = begins[b]; i < begins[b + 1]; i++) {
                source.read(i, row);
                target.write(places[b] + i - begins[b], row);
            }
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
    public void write(Supplier<float[]> numbers, long from, INDArray to) {
        Blas.buffer(to).put(Math.toIntExact(from), numbers.get());
    }

    @Override
    public long attentionMemory(Spans spans, Heads heads) {
        return AttentionTasks.memory(spans, heads, mostKept);
    }

    @Override
    public void attention(AttentionInputs inputs, INDArray kept, INDArray out) {
        new CpuAttention(inputs, kept, mostKept).forward(out);
    }

    @Override
    public void attentionGradient(
            AttentionInputs inputs, INDArray kept, INDArray out, INDArray gradOut, AttentionGradients gradients) {
        new CpuAttention(inputs, kept, mostKept).backward(out, gradOut, gradients);
    }

    @Override
    public void crossEntropy(
            INDArray logits,
            int[] targets,
            int from,
            double smoothing,
            double scale,
            boolean gradient,
            double[] losses) {
        Rows rows = new Rows(logits);
        int width = rows.width;
        Floats floats = FLOATS.get();
        float[] z = floats.get(0, width);
        float[] power = floats.get(1, width);
        for (int t = 0; t < rows.count; t++) {
            rows.read(t, z);
            int target = targets[from + t];
            double wanted = smoothing == 0
                    ? z[target]
                    : (1 - smoothing) * z[target] + smoothing * RowMath.exactSum(z, width) / width;
            float largest = RowMath.largest(z, width);
            for (int j = 0; j < width; j++) {
                z[j] = Math.max(z[j] - largest, Exponential.SMALLEST);
            }
            Exponential.split(z, z, power, width);
            Exponential.powersOfTwo(power, width);
            multiply(z, power, width);
            double sum = RowMath.exactSum(z, width);
            losses[from + t] = Math.log(sum) + largest - wanted;
            if (gradient) {
                float factor = (float) (scale / sum);
                for (int j = 0; j < width; j++) {
                    z[j] *= factor;
                }
                if (smoothing != 0) {
                    float spread = (float) (scale * smoothing / width);
                    for (int j = 0; j < width; j++) {
                        z[j] -= spread;
                    }
                }
                z[target] -= (float) (scale * (1 - smoothing));
                rows.write(t, z);
            }
        }
    }

    /** Copies a vector to an array of the thread; null without a vector. */
    private static float[] vector(INDArray vector, Floats floats, int i, int length) {
        if (vector == null) {
            return null;
        }
        float[] numbers = floats.get(i, length);
        Blas.buffer(vector).get(0, numbers, 0, length);
        return numbers;
    }

    private static void add(float[] values, float[] added, int length) {
        for (int j = 0; j < length; j++) {
            values[j] += added[j];
        }
    }

    private static void multiply(float[] values, float[] factors, int length) {
        for (int j = 0; j < length; j++) {
            values[j] *= factors[j];
        }
    }

    /** The largest length of a chunk of rows. */
    static int chunkLength(int width) {
        return Math.max(CHUNK, width);
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

    /** The destination of a chunk's rows, in FLOAT or rounded to BF16. */
    interface Output {

        static Output of(INDArray matrix) {
            if (matrix.dataType() == DataType.BFLOAT16) {
                return new RoundedRows(matrix);
            }
            Rows rows = new Rows(matrix);
            return (row, first, from) -> rows.write(row, from);
        }

        void write(int row, int first, float[] from);

        /** Completes a chunk after all its rows were written. */
        default void end(int first, int count) {}
    }

    /** One thread's Java arrays, by number, grown to the largest requested length. */
    private static final class Floats {
        private final float[][] arrays = new float[6][0];

        float[] get(int i, int length) {
            if (arrays[i].length < length) {
                arrays[i] = new float[length];
            }
            return arrays[i];
        }
    }
}
