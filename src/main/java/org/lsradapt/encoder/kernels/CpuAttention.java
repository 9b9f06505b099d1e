package org.lsradapt.encoder.kernels;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.backend.Blas;
import org.lsradapt.lsr.backend.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of {@link CpuKernels}: small BLAS products on blocks of the arrays in place, and a softmax between them.
 *
 * <p>A task is one sequence and some of its heads. Its scores lie transposed, a row per key and the heads' queries side by
 * side in the columns, [keys, heads·queries]: the softmax then runs over columns, in loops over long rows.
 */
final class CpuAttention {
    /** A task takes heads until its scores have about this many columns. */
    private static final int COLUMNS = 512;

    private static final ThreadLocal<Work> WORK = ThreadLocal.withInitial(Work::new);

    void forward(Spans spans, int heads, INDArray q, INDArray k, INDArray v, INDArray probabilities, INDArray out) {
        Matrix queries = new Matrix(q);
        Matrix keys = new Matrix(k);
        Matrix values = new Matrix(v);
        Matrix outputs = new Matrix(out);
        FloatPointer p = Blas.floats(probabilities);
        FloatBuffer pBuffer = Blas.buffer(probabilities);
        int width = queries.width / heads;
        float scale = scale(width);
        List<Task> tasks = tasks(spans, heads);
        Parallel.run(tasks.size(), index -> {
            Task task = tasks.get(index);
            int m = task.queries;
            int n = task.keys;
            int cols = task.columns();
            for (int i = 0; i < task.heads; i++) {
                int column = (task.firstHead + i) * width;
                Blas.gemm(
                        false, true, n, m, width, scale, keys.at(task.keyFrom, column), keys.stride,
                        queries.at(task.queryFrom, column), queries.stride, 0, p.getPointer(task.at + (long) i * m), cols);
            }
            WORK.get().softmax.forward(pBuffer, task.at, n, cols);
            for (int i = 0; i < task.heads; i++) {
                int column = (task.firstHead + i) * width;
                Blas.gemm(
                        true, false, m, width, n, 1, p.getPointer(task.at + (long) i * m), cols,
                        values.at(task.keyFrom, column), values.stride, 0, outputs.at(task.queryFrom, column),
                        outputs.stride);
            }
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
        int width = queries.width / heads;
        float scale = scale(width);
        List<Task> tasks = tasks(spans, heads);
        Parallel.run(tasks.size(), index -> {
            Task task = tasks.get(index);
            int m = task.queries;
            int n = task.keys;
            int cols = task.columns();
            Work work = WORK.get();
            FloatPointer gradScores = work.scores(n * cols);
            for (int i = 0; i < task.heads; i++) {
                int column = (task.firstHead + i) * width;
                FloatPointer g = grads.at(task.queryFrom, column);
                Blas.gemm(
                        false, false, n, width, m, 1, p.getPointer(task.at + (long) i * m), cols, g, grads.stride, 0,
                        gradValues.at(task.keyFrom, column), gradValues.stride);
                Blas.gemm(
                        false, true, n, m, width, 1, values.at(task.keyFrom, column), values.stride, g, grads.stride, 0,
                        gradScores.getPointer((long) i * m), cols);
            }
            work.softmax.gradient(pBuffer, task.at, work.scoresBuffer(), scale, n, cols);
            for (int i = 0; i < task.heads; i++) {
                int column = (task.firstHead + i) * width;
                FloatPointer g = gradScores.getPointer((long) i * m);
                Blas.gemm(
                        true, false, m, width, n, 1, g, cols, keys.at(task.keyFrom, column), keys.stride, 0,
                        gradQueries.at(task.queryFrom, column), gradQueries.stride);
                if (gradKeys != null) {
                    Blas.gemm(
                            false, false, n, width, m, 1, g, cols, queries.at(task.queryFrom, column), queries.stride, 0,
                            gradKeys.at(task.keyFrom, column), gradKeys.stride);
                }
            }
        });
    }

    private static float scale(int width) {
        return (float) (1 / Math.sqrt(width));
    }

    /**
     * Some heads of one sequence.
     *
     * @param at where the task's probabilities [keys, heads·queries] begin
     */
    private record Task(int queryFrom, int queries, int keyFrom, int keys, int firstHead, int heads, int at) {
        int columns() {
            return heads * queries;
        }
    }

    private static List<Task> tasks(Spans spans, int heads) {
        long numbers = spans.probabilities(heads);
        if (numbers > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: the batch has " + numbers
                    + " attention probabilities, expected at most " + Integer.MAX_VALUE + "; use a smaller batch");
        }
        List<Task> tasks = new ArrayList<>();
        int at = 0;
        for (int b = 0; b < spans.size(); b++) {
            int m = spans.queryCount(b);
            int n = spans.keyCount(b);
            int perTask = Math.min(heads, (COLUMNS + m - 1) / m);
            for (int head = 0; head < heads; head += perTask) {
                int count = Math.min(perTask, heads - head);
                tasks.add(new Task(spans.queries()[b], m, spans.keys()[b], n, head, count, at));
                at += count * m * n;
            }
        }
        return tasks;
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

    /** One thread's memory. */
    private static final class Work {
        final ColumnSoftmax softmax = new ColumnSoftmax();
        private FloatPointer scores = new FloatPointer(0L);
        private FloatBuffer scoresBuffer;

        FloatPointer scores(int length) {
            if (scores.isNull() || scores.capacity() < length) {
                scores.close();
                scores = new FloatPointer((long) length);
                scoresBuffer = scores.asBuffer();
            }
            return scores;
        }

        /** The memory that {@link #scores} gave last. */
        FloatBuffer scoresBuffer() {
            return scoresBuffer;
        }
    }
}
