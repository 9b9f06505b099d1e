package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of {@link CpuKernels}: small BLAS products on blocks of the arrays in place, and a softmax between them.
 *
 * <p>A piece is one sequence, some of its heads, and in a causal model some of its queries with the keys that they
 * see. Its scores lie transposed, a row per key and the heads' queries side by side in the columns, [keys,
 * heads·queries]: the softmax then runs over columns, in loops over long rows. Pieces that add to the same gradients
 * follow each other in one task.
 */
final class CpuAttention {
    /** A piece takes heads until its scores have about this many columns. */
    private static final int COLUMNS = 512;
    /** Queries of a causal piece: fewer leave less to mask, more make larger products. */
    private static final int CAUSAL_QUERIES = 64;

    private static final ThreadLocal<Work> WORK = ThreadLocal.withInitial(Work::new);

    private final Spans spans;
    private final Heads heads;
    private final Matrix queries;
    private final Matrix keys;
    private final Matrix values;
    private final Relative[] relative;
    private final FloatPointer p;
    private final FloatBuffer pBuffer;
    private final int width;
    private final float scale;
    private final List<List<Piece>> tasks;

    CpuAttention(AttentionInputs inputs, INDArray probabilities) {
        spans = inputs.spans();
        heads = inputs.heads();
        relative = inputs.relative() == null
                ? null
                : Stream.of(inputs.relative())
                        .map(rows -> new Relative(Matrix.of(rows.keys()), Matrix.of(rows.queries()), rows.centre()))
                        .toArray(Relative[]::new);
        queries = new Matrix(inputs.queries());
        keys = new Matrix(inputs.keys());
        values = new Matrix(inputs.values());
        p = Blas.floats(probabilities);
        pBuffer = Blas.buffer(probabilities);
        width = queries.width / heads.queries();
        scale = (float) heads.scale();
        tasks = tasks(spans, heads, relative != null);
    }

    /** The rows of distances; null parts where there are none. */
    private record Relative(Matrix keys, Matrix queries, int centre) {}

    private Relative relative(Piece piece) {
        return relative[relative.length == 1 ? 0 : piece.sequence];
    }

    /**
     * Part of the work.
     *
     * @param first position of the first query in its sequence
     * @param at where the piece's probabilities [keys, heads·queries] begin
     */
    private record Piece(
            int sequence,
            int queryFrom,
            int queries,
            int first,
            int keyFrom,
            int keys,
            int firstHead,
            int heads,
            int at) {
        int columns() {
            return heads * queries;
        }

        /** How many distances there are between its queries and keys. */
        int distances() {
            return queries + keys - 1;
        }

        /** The row of {@link RelativeRows} of its smallest distance. */
        int smallestDistance(int centre) {
            return centre + first - (keys - 1);
        }
    }

    static long memory(Spans spans, Heads heads) {
        long numbers = 0;
        for (int b = 0; b < spans.size(); b++) {
            for (int from = 0; from < spans.queryCount(b); from += queriesOf(spans, b, heads)) {
                int count = Math.min(queriesOf(spans, b, heads), spans.queryCount(b) - from);
                numbers += (long) heads.queries() * count * keysOf(spans, b, heads, from + count);
            }
        }
        if (numbers > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: the batch has " + numbers
                    + " attention probabilities, expected at most " + Integer.MAX_VALUE + "; use a smaller batch");
        }
        return numbers;
    }

    private static int queriesOf(Spans spans, int b, Heads heads) {
        return heads.causal() ? Math.min(CAUSAL_QUERIES, spans.queryCount(b)) : spans.queryCount(b);
    }

    /** How many of a sequence's keys its first {@code queries} queries see. */
    private static int keysOf(Spans spans, int b, Heads heads, int queries) {
        return heads.causal() ? Math.min(spans.keyCount(b), spans.first()[b] + queries) : spans.keyCount(b);
    }

    /** With relative rows, whose gradients add up over sequences, a task has some heads of all sequences. */
    private static List<List<Piece>> tasks(Spans spans, Heads heads, boolean relative) {
        List<List<Piece>> tasks = new ArrayList<>();
        int group = heads.perKeyValue();
        int most = 1;
        for (int b = 0; relative && b < spans.size(); b++) {
            most = Math.max(most, spans.queryCount(b));
        }
        int at = 0;
        for (int b = 0; b < spans.size(); b++) {
            int perPiece = queriesOf(spans, b, heads);
            int columns = relative ? most : perPiece;
            int wanted = Math.min(heads.queries(), (COLUMNS + columns - 1) / columns);
            int perTask = (wanted + group - 1) / group * group;
            for (int head = 0; head < heads.queries(); head += perTask) {
                int count = Math.min(perTask, heads.queries() - head);
                int task = relative ? head / perTask : tasks.size();
                if (task == tasks.size()) {
                    tasks.add(new ArrayList<>());
                }
                for (int from = 0; from < spans.queryCount(b); from += perPiece) {
                    int m = Math.min(perPiece, spans.queryCount(b) - from);
                    int n = keysOf(spans, b, heads, from + m);
                    int row = spans.queries()[b] + from;
                    int first = spans.first()[b] + from;
                    tasks.get(task).add(new Piece(b, row, m, first, spans.keys()[b], n, head, count, at));
                    at += count * m * n;
                }
            }
        }
        return tasks;
    }

    void forward(INDArray out) {
        Matrix outputs = new Matrix(out);
        Parallel.run(tasks.size(), index -> {
            Work work = WORK.get();
            for (Piece piece : tasks.get(index)) {
                forward(piece, outputs, work);
            }
        });
    }

    private void forward(Piece piece, Matrix outputs, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int cols = piece.columns();
        for (int i = 0; i < piece.heads; i++) {
            Blas.gemm(
                    false,
                    true,
                    n,
                    m,
                    width,
                    scale,
                    keys(piece, i),
                    keys.stride,
                    queries(piece, i),
                    queries.stride,
                    0,
                    p.getPointer(piece.at + (long) i * m),
                    cols);
            if (relative != null) {
                addRelative(piece, i, work);
            }
        }
        fillUnseen(piece, Float.NEGATIVE_INFINITY, work);
        work.softmax.forward(pBuffer, piece.at, n, cols);
        fillUnseen(piece, 0, work);
        for (int i = 0; i < piece.heads; i++) {
            Blas.gemm(
                    true,
                    false,
                    m,
                    width,
                    n,
                    1,
                    p.getPointer(piece.at + (long) i * m),
                    cols,
                    values(piece, i),
                    values.stride,
                    0,
                    outputs.at(piece.queryFrom, column(piece, i)),
                    outputs.stride);
        }
    }

    /** Where a causal query lies before a key. */
    private void fillUnseen(Piece piece, float value, Work work) {
        if (!heads.causal()) {
            return;
        }
        for (int key = piece.first + 1; key < piece.keys; key++) {
            int unseen = Math.min(piece.queries, key - piece.first);
            float[] filler = work.filled(value, unseen);
            for (int i = 0; i < piece.heads; i++) {
                pBuffer.put(piece.at + key * piece.columns() + i * piece.queries, filler, 0, unseen);
            }
        }
    }

    /** Adds scale·(q_i·K_r(i−j) + k_j·Q_r(i−j)) to one head's scores. */
    private void addRelative(Piece piece, int head, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int distances = piece.distances();
        Relative rows = relative(piece);
        int row = piece.smallestDistance(rows.centre);
        int column = column(piece, head);
        float[] byQuery = null;
        FloatBuffer byKey = null;
        if (rows.keys != null) {
            FloatPointer product = work.contentToPosition.reserve(distances * m);
            Blas.gemm(
                    false,
                    true,
                    distances,
                    m,
                    width,
                    scale,
                    rows.keys.at(row, column),
                    rows.keys.stride,
                    queries(piece, head),
                    queries.stride,
                    0,
                    product,
                    m);
            byQuery = work.distances(distances * m);
            work.contentToPosition.buffer().get(0, byQuery, 0, distances * m);
        }
        if (rows.queries != null) {
            FloatPointer product = work.positionToContent.reserve(n * distances);
            Blas.gemm(
                    false,
                    true,
                    n,
                    distances,
                    width,
                    scale,
                    keys(piece, head),
                    keys.stride,
                    rows.queries.at(row, column),
                    rows.queries.stride,
                    0,
                    product,
                    distances);
            byKey = work.positionToContent.buffer();
        }
        float[] scores = work.scoreRow(m);
        float[] added = work.addedRow(m);
        for (int key = 0; key < n; key++) {
            int at = piece.at + key * piece.columns() + head * m;
            // Query i and this key are at the distance that has row i + n − 1 − key.
            int first = n - 1 - key;
            pBuffer.get(at, scores, 0, m);
            if (byKey != null) {
                byKey.get(key * distances + first, added, 0, m);
                for (int i = 0; i < m; i++) {
                    scores[i] += added[i];
                }
            }
            if (byQuery != null) {
                for (int i = 0; i < m; i++) {
                    scores[i] += byQuery[(first + i) * m + i];
                }
            }
            pBuffer.put(at, scores, 0, m);
        }
    }

    void backward(INDArray gradOut, AttentionGradients wanted) {
        Gradients gradients = new Gradients(
                new Matrix(gradOut),
                new Matrix(wanted.queries()),
                Matrix.of(wanted.keys()),
                new Matrix(wanted.values()),
                Matrix.of(wanted.relativeKeys()),
                Matrix.of(wanted.relativeQueries()));
        Parallel.run(tasks.size(), index -> {
            Work work = WORK.get();
            List<Piece> pieces = tasks.get(index);
            clear(pieces, gradients);
            for (Piece piece : pieces) {
                backward(piece, gradients, work);
            }
        });
    }

    /** Where gradients go; null for those that are not wanted. */
    private record Gradients(
            Matrix out, Matrix queries, Matrix keys, Matrix values, Matrix relativeKeys, Matrix relativeQueries) {}

    /** Whether several pieces, or heads of one, add to one gradient of keys and values. */
    private boolean accumulates() {
        return heads.causal() || heads.perKeyValue() > 1;
    }

    private void clear(List<Piece> pieces, Gradients gradients) {
        Piece last = pieces.get(pieces.size() - 1);
        int from = column(last, 0);
        int columns = last.heads * width;
        for (Matrix rows : new Matrix[] {gradients.relativeKeys, gradients.relativeQueries}) {
            if (rows != null) {
                rows.clear(0, rows.rows, from, columns);
            }
        }
        if (accumulates()) {
            int group = heads.perKeyValue();
            for (Matrix rows : new Matrix[] {gradients.keys, gradients.values}) {
                if (rows != null) {
                    rows.clear(last.keyFrom, spans.keyCount(last.sequence), from / group, columns / group);
                }
            }
        }
    }

    private void backward(Piece piece, Gradients gradients, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int cols = piece.columns();
        float beta = accumulates() ? 1 : 0;
        FloatPointer gradScores = work.scores.reserve(n * cols);
        for (int i = 0; i < piece.heads; i++) {
            FloatPointer g = gradients.out.at(piece.queryFrom, column(piece, i));
            Blas.gemm(
                    false,
                    false,
                    n,
                    width,
                    m,
                    1,
                    p.getPointer(piece.at + (long) i * m),
                    cols,
                    g,
                    gradients.out.stride,
                    beta,
                    gradients.values.at(piece.keyFrom, keyColumn(piece, i)),
                    gradients.values.stride);
            Blas.gemm(
                    false,
                    true,
                    n,
                    m,
                    width,
                    1,
                    values(piece, i),
                    values.stride,
                    g,
                    gradients.out.stride,
                    0,
                    gradScores.getPointer((long) i * m),
                    cols);
        }
        work.softmax.gradient(pBuffer, piece.at, work.scores.buffer(), scale, n, cols);
        for (int i = 0; i < piece.heads; i++) {
            FloatPointer g = gradScores.getPointer((long) i * m);
            Blas.gemm(
                    true,
                    false,
                    m,
                    width,
                    n,
                    1,
                    g,
                    cols,
                    keys(piece, i),
                    keys.stride,
                    0,
                    gradients.queries.at(piece.queryFrom, column(piece, i)),
                    gradients.queries.stride);
            if (gradients.keys != null) {
                Blas.gemm(
                        false,
                        false,
                        n,
                        width,
                        m,
                        1,
                        g,
                        cols,
                        queries(piece, i),
                        queries.stride,
                        beta,
                        gradients.keys.at(piece.keyFrom, keyColumn(piece, i)),
                        gradients.keys.stride);
            }
            if (relative != null) {
                relativeGradient(piece, i, gradients, work);
            }
        }
    }

    /** From the gradient of one head's scores to those of what {@link #addRelative} multiplied. */
    private void relativeGradient(Piece piece, int head, Gradients gradients, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int distances = piece.distances();
        Relative rows = relative(piece);
        int row = piece.smallestDistance(rows.centre);
        int column = column(piece, head);
        float[] byQuery = null;
        FloatBuffer byKey = null;
        FloatPointer gradByQuery = work.contentToPosition.reserve(distances * m);
        FloatPointer gradByKey = work.positionToContent.reserve(n * distances);
        if (rows.keys != null) {
            byQuery = work.distances(distances * m);
            Arrays.fill(byQuery, 0, distances * m, 0f);
        }
        if (rows.queries != null) {
            byKey = work.positionToContent.buffer();
        }
        float[] g = work.scoreRow(m);
        float[] padded = work.addedRow(distances);
        for (int key = 0; key < n; key++) {
            int first = n - 1 - key;
            work.scores.buffer().get(key * piece.columns() + head * m, g, 0, m);
            if (byKey != null) {
                Arrays.fill(padded, 0, distances, 0f);
                System.arraycopy(g, 0, padded, first, m);
                byKey.put(key * distances, padded, 0, distances);
            }
            if (byQuery != null) {
                for (int i = 0; i < m; i++) {
                    byQuery[(first + i) * m + i] = g[i];
                }
            }
        }
        if (byQuery != null) {
            work.contentToPosition.buffer().put(0, byQuery, 0, distances * m);
            Blas.gemm(
                    true,
                    false,
                    m,
                    width,
                    distances,
                    1,
                    gradByQuery,
                    m,
                    rows.keys.at(row, column),
                    rows.keys.stride,
                    1,
                    gradients.queries.at(piece.queryFrom, column),
                    gradients.queries.stride);
            if (gradients.relativeKeys != null) {
                Blas.gemm(
                        false,
                        false,
                        distances,
                        width,
                        m,
                        1,
                        gradByQuery,
                        m,
                        queries(piece, head),
                        queries.stride,
                        1,
                        gradients.relativeKeys.at(row, column),
                        gradients.relativeKeys.stride);
            }
        }
        if (byKey != null) {
            if (gradients.keys != null) {
                Blas.gemm(
                        false,
                        false,
                        n,
                        width,
                        distances,
                        1,
                        gradByKey,
                        distances,
                        rows.queries.at(row, column),
                        rows.queries.stride,
                        1,
                        gradients.keys.at(piece.keyFrom, column),
                        gradients.keys.stride);
            }
            if (gradients.relativeQueries != null) {
                Blas.gemm(
                        true,
                        false,
                        distances,
                        width,
                        n,
                        1,
                        gradByKey,
                        distances,
                        keys(piece, head),
                        keys.stride,
                        1,
                        gradients.relativeQueries.at(row, column),
                        gradients.relativeQueries.stride);
            }
        }
    }

    private FloatPointer queries(Piece piece, int head) {
        return queries.at(piece.queryFrom, column(piece, head));
    }

    private FloatPointer keys(Piece piece, int head) {
        return keys.at(piece.keyFrom, keyColumn(piece, head));
    }

    private FloatPointer values(Piece piece, int head) {
        return values.at(piece.keyFrom, keyColumn(piece, head));
    }

    private int column(Piece piece, int head) {
        return (piece.firstHead + head) * width;
    }

    private int keyColumn(Piece piece, int head) {
        return (piece.firstHead + head) / heads.perKeyValue() * width;
    }

    private static final class Matrix {
        final int rows;
        final int width;
        final int stride;
        private final FloatPointer memory;
        private final FloatBuffer buffer;

        Matrix(INDArray array) {
            rows = (int) array.size(0);
            width = (int) array.size(1);
            stride = array.size(0) == 1 ? Math.max(width, array.stride(0)) : array.stride(0);
            memory = Blas.floats(array);
            buffer = Blas.buffer(array);
        }

        static Matrix of(INDArray array) {
            return array == null ? null : new Matrix(array);
        }

        FloatPointer at(int row, int column) {
            return memory.getPointer((long) row * stride + column);
        }

        void clear(int firstRow, int count, int firstColumn, int columns) {
            float[] zeros = new float[columns];
            for (int row = firstRow; row < firstRow + count; row++) {
                buffer.put(row * stride + firstColumn, zeros, 0, columns);
            }
        }
    }

    /** Native memory of one thread, grown to the most that was asked for. */
    private static final class NativeFloats {
        private FloatPointer memory = new FloatPointer(0L);
        private FloatBuffer buffer;

        FloatPointer reserve(int length) {
            if (memory.isNull() || memory.capacity() < length) {
                memory.close();
                memory = new FloatPointer((long) length);
                buffer = memory.asBuffer();
            }
            return memory;
        }

        /** The memory that {@link #reserve} gave last. */
        FloatBuffer buffer() {
            return buffer;
        }
    }

    /** One thread's memory. */
    private static final class Work {
        final ColumnSoftmax softmax = new ColumnSoftmax();
        final NativeFloats scores = new NativeFloats();
        final NativeFloats contentToPosition = new NativeFloats();
        final NativeFloats positionToContent = new NativeFloats();
        private float[] distances = new float[0];
        private float[] scoreRow = new float[0];
        private float[] addedRow = new float[0];
        private float[] filled = new float[0];

        float[] distances(int length) {
            distances = grown(distances, length);
            return distances;
        }

        float[] scoreRow(int length) {
            scoreRow = grown(scoreRow, length);
            return scoreRow;
        }

        float[] addedRow(int length) {
            addedRow = grown(addedRow, length);
            return addedRow;
        }

        float[] filled(float value, int length) {
            filled = grown(filled, length);
            if (filled[0] != value) {
                Arrays.fill(filled, value);
            }
            return filled;
        }

        private static float[] grown(float[] array, int length) {
            return array.length < length ? new float[length] : array;
        }
    }
}
