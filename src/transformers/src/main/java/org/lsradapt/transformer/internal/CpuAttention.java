package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention for {@link CpuKernels}: small BLAS products on blocks of the arrays in place, and a softmax between them.
 *
 * <p>A piece is one sequence and some of its heads. In a causal model or one with a window, it has only some of the
 * queries, with the keys that they see. Without a gradient, it has at most {@code COLUMNS} queries, and its scores are
 * in its thread's memory. Scores are transposed, with a row per key and the heads' queries side by side in the columns,
 * [keys, heads·queries]: the softmax then runs over columns, in loops over long rows. Pieces that add to the same
 * gradients follow each other in one task.
 */
final class CpuAttention {
    /** A piece takes heads until its scores have about this many columns. */
    private static final int COLUMNS = 512;
    /** Queries of a piece whose queries see different keys: fewer leave less to mask, more make larger products. */
    private static final int SOME_QUERIES = 64;

    /** Multiply-adds of scores below which one thread computes a sequence. */
    private static final int GRAIN = 1 << 14;

    private static final ThreadLocal<Work> WORK = ThreadLocal.withInitial(Work::new);

    private final Spans spans;
    private final Heads heads;
    private final Matrix queries;
    private final AttentionInputs inputs;
    private final Matrix[] keys;
    private final Matrix[] values;
    private final Relative[] relative;
    private final ScoreBias bias;
    /** The probabilities kept for the gradient; null if nothing is kept. */
    private final FloatPointer p;

    private final FloatBuffer pBuffer;
    private final int width;
    private final float scale;
    private final List<List<Piece>> tasks;

    /** Prepares the attention of a batch; {@code probabilities} are as in {@link Kernels#attention}. */
    CpuAttention(AttentionInputs inputs, INDArray probabilities) {
        this.inputs = inputs;
        spans = inputs.spans();
        heads = inputs.heads();
        relative = inputs.relative() == null
                ? null
                : Stream.of(inputs.relative())
                        .map(rows -> new Relative(Matrix.of(rows.keys()), Matrix.of(rows.queries()), rows.centre()))
                        .toArray(Relative[]::new);
        bias = inputs.bias();
        queries = new Matrix(inputs.queries());
        keys = Stream.of(inputs.keys()).map(Matrix::new).toArray(Matrix[]::new);
        values = Stream.of(inputs.values()).map(Matrix::new).toArray(Matrix[]::new);
        boolean keeps = probabilities != null;
        p = keeps ? Blas.floats(probabilities) : null;
        pBuffer = keeps ? Blas.buffer(probabilities) : null;
        width = queries.width / heads.queries();
        scale = (float) heads.scale();
        tasks = tasks(relative != null, keeps);
    }

    /** The rows of distances; a part is null if there are none. */
    private record Relative(Matrix keys, Matrix queries, int centre) {}

    private Relative relative(Piece piece) {
        return relative[relative.length == 1 ? 0 : piece.sequence];
    }

    /** A part of the work: the positions of its first query and key in its sequence, and its place in the results. */
    private record Piece(
            int sequence,
            int queryFrom,
            int queries,
            int first,
            int firstKey,
            int keyFrom,
            int keys,
            int firstHead,
            int heads,
            int at) {
        int columns() {
            return heads * queries;
        }

        /** The number of distances between its queries and keys. */
        int distances() {
            return queries + keys - 1;
        }

        /** The row of {@link RelativeRows} for its smallest distance. */
        int smallestDistance(int centre) {
            return centre + first - (keys - 1);
        }
    }

    static long memory(Spans spans, Heads heads) {
        long numbers = 0;
        for (int b = 0; b < spans.size(); b++) {
            int perPiece = queriesOf(spans, b, heads, true);
            for (int from = 0; from < spans.queryCount(b); from += perPiece) {
                int count = Math.min(perPiece, spans.queryCount(b) - from);
                numbers += (long) heads.queries()
                        * count
                        * Keys.of(spans, b, heads, from, count).count();
            }
        }
        if (numbers > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: the batch has " + numbers
                    + " attention probabilities, expected at most " + Integer.MAX_VALUE + "; use a smaller batch");
        }
        return numbers;
    }

    private static int queriesOf(Spans spans, int b, Heads heads, boolean keeps) {
        boolean seeAll = !heads.causal() && heads.reach().orElse(spans.keyCount(b)) >= spans.keyCount(b) - 1;
        int most = keeps ? spans.queryCount(b) : COLUMNS;
        return Math.min(seeAll ? most : SOME_QUERIES, spans.queryCount(b));
    }

    /** The range of a sequence's keys that at least one of the given queries sees; the end is exclusive. */
    private record Keys(int from, int end) {

        static Keys of(Spans spans, int b, Heads heads, int firstQuery, int queries) {
            int first = spans.first()[b] + firstQuery;
            return new Keys(heads.firstKey(first), heads.endKey(first + queries - 1, spans.keyCount(b)));
        }

        int count() {
            return end - from;
        }
    }

    /**
     * Divides the work into tasks. With relative rows, whose gradients add up over sequences, a task has some heads of
     * all sequences.
     */
    private List<List<Piece>> tasks(boolean relative, boolean keeps) {
        List<List<Piece>> tasks = new ArrayList<>();
        int group = heads.perKeyValue();
        int most = 1;
        for (int b = 0; relative && b < spans.size(); b++) {
            most = Math.max(most, spans.queryCount(b));
        }
        int at = 0;
        for (int b = 0; b < spans.size(); b++) {
            int perPiece = queriesOf(spans, b, heads, keeps);
            int columns = relative ? most : perPiece;
            int wanted = Math.min(relative ? heads.queries() : share(b), (COLUMNS + columns - 1) / columns);
            int perTask = (wanted + group - 1) / group * group;
            for (int head = 0; head < heads.queries(); head += perTask) {
                int count = Math.min(perTask, heads.queries() - head);
                int task = relative ? head / perTask : tasks.size();
                if (task == tasks.size()) {
                    tasks.add(new ArrayList<>());
                }
                for (int from = 0; from < spans.queryCount(b); from += perPiece) {
                    int m = Math.min(perPiece, spans.queryCount(b) - from);
                    Keys seen = Keys.of(spans, b, heads, from, m);
                    int n = seen.count();
                    int row = spans.queries()[b] + from;
                    int first = spans.first()[b] + from;
                    int keyRow = inputs.keyRow(b) + seen.from;
                    tasks.get(task).add(new Piece(b, row, m, first, seen.from, keyRow, n, head, count, at));
                    at += keeps ? count * m * n : 0;
                }
            }
        }
        return tasks;
    }

    /**
     * The heads of a sequence per task; with fewer sequences than threads, each thread gets some. A sequence with its own
     * keys has the tasks that it has alone, so that its results are bit-identical.
     */
    private int share(int sequence) {
        long work = (long) queries.width * spans.queryCount(sequence) * spans.keyCount(sequence);
        int together = inputs.areSeparate() ? 1 : spans.size();
        int parts = (int) Math.min(Parallel.available() / together, work / GRAIN);
        return parts <= 1 ? heads.queries() : (heads.queries() + parts - 1) / parts;
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
        int n = piece.keys;
        int cols = piece.columns();
        FloatPointer memory = p;
        FloatBuffer buffer = pBuffer;
        if (p == null) {
            memory = work.scores.reserve(n * cols);
            buffer = work.scores.buffer();
        }
        for (int i = 0; i < piece.heads; i++) {
            score(piece, i, probabilities(memory, piece, i));
            if (relative != null) {
                addRelative(piece, i, buffer, work);
            }
            if (bias != null) {
                addBias(piece, i, buffer, work);
            }
        }
        if (heads.cap().isPresent()) {
            capScores(buffer, piece.at, n, cols, work);
        }
        fillUnseen(piece, buffer, Float.NEGATIVE_INFINITY, work);
        work.softmax.forward(buffer, piece.at, n, cols);
        fillUnseen(piece, buffer, 0, work);
        for (int i = 0; i < piece.heads; i++) {
            average(piece, i, probabilities(memory, piece, i), ofQueries(outputs, piece, i));
        }
    }

    /** Computes a head's scores [keys, queries]; for one query by gemv, as OpenBLAS copies factors of a gemm. */
    private void score(Piece piece, int head, NativeMatrix scores) {
        NativeMatrix k = ofKeys(keys, piece, head);
        NativeMatrix q = ofQueries(queries, piece, head);
        if (piece.queries == 1) {
            Blas.gemv(scale, k, q.memory(), 1, 0, scores.memory(), scores.stride());
        } else {
            Blas.gemm(scale, k, q.transpose(), 0, scores);
        }
    }

    /** Computes one head's outputs [queries, width]: the mean of its values, weighted by probability. */
    private void average(Piece piece, int head, NativeMatrix probabilities, NativeMatrix outputs) {
        NativeMatrix v = ofKeys(values, piece, head);
        if (piece.queries == 1) {
            Blas.gemv(1, v.transpose(), probabilities.memory(), probabilities.stride(), 0, outputs.memory(), 1);
        } else {
            Blas.gemm(1, probabilities.transpose(), v, 0, outputs);
        }
    }

    private void addBias(Piece piece, int head, FloatBuffer to, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        double[] numbers = bias.numbers()[piece.firstHead + head];
        int smallest = piece.smallestDistance(bias.centre()) - piece.firstKey;
        float[] added = work.distances(piece.distances());
        for (int i = 0; i < piece.distances(); i++) {
            added[i] = (float) numbers[smallest + i];
        }
        float[] scores = work.scoreRow(m);
        for (int key = 0; key < n; key++) {
            int at = piece.at + key * piece.columns() + head * m;
            to.get(at, scores, 0, m);
            for (int i = 0; i < m; i++) {
                scores[i] += added[n - 1 - key + i];
            }
            to.put(at, scores, 0, m);
        }
    }

    /** Computes s ← c·tanh(s/c) for a matrix in native memory. */
    private void capScores(FloatBuffer scores, int at, int rows, int cols, Work work) {
        float cap = (float) heads.cap().orElseThrow();
        float[] row = work.scoreRow(cols);
        float[] scratch = work.addedRow(cols);
        for (int key = 0; key < rows; key++) {
            scores.get(at + key * cols, row, 0, cols);
            Softcap.values(row, cap, scratch, cols);
            scores.put(at + key * cols, row, 0, cols);
        }
    }

    /** Turns the gradient of the capped scores, which are computed again, into that of the scores before the cap. */
    private void capGradient(Piece piece, FloatBuffer gradScores, Work work) {
        int n = piece.keys;
        int cols = piece.columns();
        float cap = (float) heads.cap().orElseThrow();
        NativeMatrix again = new NativeMatrix(work.capped.reserve(n * cols), n, cols, cols);
        for (int i = 0; i < piece.heads; i++) {
            score(piece, i, again.columns(i * piece.queries, piece.queries));
        }
        capScores(work.capped.buffer(), 0, n, cols, work);
        float[] row = work.scoreRow(cols);
        float[] g = work.addedRow(cols);
        for (int key = 0; key < n; key++) {
            work.capped.buffer().get(key * cols, row, 0, cols);
            gradScores.get(key * cols, g, 0, cols);
            Softcap.gradient(row, cap, g, cols);
            gradScores.put(key * cols, g, 0, cols);
        }
    }

    /** Writes a value wherever a query does not see a key. */
    private void fillUnseen(Piece piece, FloatBuffer to, float value, Work work) {
        if (heads.causal()) {
            fillBefore(piece, to, 0, value, work);
        } else if (heads.reach().isPresent()) {
            fillBefore(piece, to, heads.reach().getAsInt(), value, work);
        }
        if (heads.reach().isPresent()) {
            fillBehind(piece, to, heads.reach().getAsInt(), value, work);
        }
    }

    /** Writes a value wherever a query is more than {@code reach} tokens before a key. */
    private void fillBefore(Piece piece, FloatBuffer to, int reach, float value, Work work) {
        int past = piece.first + reach - piece.firstKey;
        for (int key = Math.max(0, past + 1); key < piece.keys; key++) {
            fill(piece, to, key, 0, Math.min(piece.queries, key - past), value, work);
        }
    }

    /** Writes a value wherever a query is more than {@code reach} tokens after a key. */
    private void fillBehind(Piece piece, FloatBuffer to, int reach, float value, Work work) {
        for (int key = 0; key < piece.keys; key++) {
            int from = piece.firstKey + key + reach + 1 - piece.first;
            if (from >= piece.queries) {
                return;
            }
            fill(piece, to, key, Math.max(0, from), piece.queries, value, work);
        }
    }

    /** Writes a value for one key and a range of queries (end exclusive) of all heads. */
    private void fill(Piece piece, FloatBuffer to, int key, int from, int end, float value, Work work) {
        float[] filler = work.filled(value, end - from);
        for (int i = 0; i < piece.heads; i++) {
            to.put(piece.at + key * piece.columns() + i * piece.queries + from, filler, 0, end - from);
        }
    }

    /** Adds scale·(q_i·K_r(i−j) + k_j·Q_r(i−j)) to one head's scores. */
    private void addRelative(Piece piece, int head, FloatBuffer to, Work work) {
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
                    scale,
                    rows.keys.block(row, distances, column, width),
                    ofQueries(queries, piece, head).transpose(),
                    0,
                    new NativeMatrix(product, distances, m, m));
            byQuery = work.distances(distances * m);
            work.contentToPosition.buffer().get(0, byQuery, 0, distances * m);
        }
        if (rows.queries != null) {
            FloatPointer product = work.positionToContent.reserve(n * distances);
            Blas.gemm(
                    scale,
                    ofKeys(keys, piece, head),
                    rows.queries.block(row, distances, column, width).transpose(),
                    0,
                    new NativeMatrix(product, n, distances, distances));
            byKey = work.positionToContent.buffer();
        }
        float[] scores = work.scoreRow(m);
        float[] added = work.addedRow(m);
        for (int key = 0; key < n; key++) {
            int at = piece.at + key * piece.columns() + head * m;
            // The distance between query i and this key has the row i + n − 1 − key.
            int first = n - 1 - key;
            to.get(at, scores, 0, m);
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
            to.put(at, scores, 0, m);
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

    /** The output arrays of the gradients; null if not wanted. */
    private record Gradients(
            Matrix out, Matrix queries, Matrix keys, Matrix values, Matrix relativeKeys, Matrix relativeQueries) {}

    /** Whether several pieces, or heads of one piece, add to the same gradient of keys and values. */
    private boolean accumulates() {
        return heads.causal() || heads.reach().isPresent() || heads.perKeyValue() > 1;
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
                    rows.clear(
                            spans.keys()[last.sequence], spans.keyCount(last.sequence), from / group, columns / group);
                }
            }
        }
    }

    private void backward(Piece piece, Gradients gradients, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int cols = piece.columns();
        float beta = accumulates() ? 1 : 0;
        NativeMatrix gradScores = new NativeMatrix(work.scores.reserve(n * cols), n, cols, cols);
        for (int i = 0; i < piece.heads; i++) {
            NativeMatrix g = ofQueries(gradients.out, piece, i);
            Blas.gemm(1, probabilities(p, piece, i), g, beta, ofKeys(gradients.values, piece, i));
            Blas.gemm(1, ofKeys(values, piece, i), g.transpose(), 0, gradScores.columns(i * m, m));
        }
        work.softmax.gradient(pBuffer, piece.at, work.scores.buffer(), scale, n, cols);
        if (heads.cap().isPresent()) {
            capGradient(piece, work.scores.buffer(), work);
        }
        for (int i = 0; i < piece.heads; i++) {
            NativeMatrix g = gradScores.columns(i * m, m);
            Blas.gemm(1, g.transpose(), ofKeys(keys, piece, i), 0, ofQueries(gradients.queries, piece, i));
            if (gradients.keys != null) {
                Blas.gemm(1, g, ofQueries(queries, piece, i), beta, ofKeys(gradients.keys, piece, i));
            }
            if (relative != null) {
                relativeGradient(piece, i, gradients, work);
            }
        }
    }

    /** Computes the gradients of the factors in {@link #addRelative} from the gradient of one head's scores. */
    private void relativeGradient(Piece piece, int head, Gradients gradients, Work work) {
        int m = piece.queries;
        int n = piece.keys;
        int distances = piece.distances();
        Relative rows = relative(piece);
        int row = piece.smallestDistance(rows.centre);
        int column = column(piece, head);
        float[] byQuery = null;
        FloatBuffer byKey = null;
        NativeMatrix gradByQuery = new NativeMatrix(work.contentToPosition.reserve(distances * m), distances, m, m);
        NativeMatrix gradByKey =
                new NativeMatrix(work.positionToContent.reserve(n * distances), n, distances, distances);
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
                    1,
                    gradByQuery.transpose(),
                    rows.keys.block(row, distances, column, width),
                    1,
                    ofQueries(gradients.queries, piece, head));
            if (gradients.relativeKeys != null) {
                Blas.gemm(
                        1,
                        gradByQuery,
                        ofQueries(queries, piece, head),
                        1,
                        gradients.relativeKeys.block(row, distances, column, width));
            }
        }
        if (byKey != null) {
            if (gradients.keys != null) {
                Blas.gemm(
                        1,
                        gradByKey,
                        rows.queries.block(row, distances, column, width),
                        1,
                        ofKeys(gradients.keys, piece, head));
            }
            if (gradients.relativeQueries != null) {
                Blas.gemm(
                        1,
                        gradByKey.transpose(),
                        ofKeys(keys, piece, head),
                        1,
                        gradients.relativeQueries.block(row, distances, column, width));
            }
        }
    }

    private NativeMatrix ofQueries(Matrix rows, Piece piece, int head) {
        return rows.block(piece.queryFrom, piece.queries, column(piece, head), width);
    }

    private NativeMatrix ofKeys(Matrix rows, Piece piece, int head) {
        return rows.block(piece.keyFrom, piece.keys, keyColumn(piece, head), width);
    }

    private NativeMatrix ofKeys(Matrix[] rows, Piece piece, int head) {
        return ofKeys(rows[rows.length == 1 ? 0 : piece.sequence], piece, head);
    }

    /** Returns one head's matrix [keys, queries]. */
    private static NativeMatrix probabilities(FloatPointer memory, Piece piece, int head) {
        FloatPointer at = memory.getPointer(piece.at + (long) head * piece.queries);
        return new NativeMatrix(at, piece.keys, piece.queries, piece.columns());
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
        private final NativeMatrix matrix;
        private final FloatBuffer buffer;

        Matrix(INDArray array) {
            rows = (int) array.size(0);
            width = (int) array.size(1);
            stride = array.size(0) == 1 ? Math.max(width, array.stride(0)) : array.stride(0);
            matrix = new NativeMatrix(Blas.floats(array), rows, width, stride);
            buffer = Blas.buffer(array);
        }

        static Matrix of(INDArray array) {
            return array == null ? null : new Matrix(array);
        }

        NativeMatrix block(int firstRow, int rowCount, int firstColumn, int columns) {
            return matrix.block(firstRow, rowCount, firstColumn, columns);
        }

        void clear(int firstRow, int count, int firstColumn, int columns) {
            float[] zeros = new float[columns];
            for (int row = firstRow; row < firstRow + count; row++) {
                buffer.put(row * stride + firstColumn, zeros, 0, columns);
            }
        }
    }

    /** Native memory of one thread, grown to the largest requested length. */
    private static final class NativeFloats {
        private FloatPointer memory = new FloatPointer(0L);
        private FloatBuffer buffer;

        FloatPointer reserve(int length) {
            if (memory.isNull() || memory.capacity() < length) {
                memory.close();
                memory = AlignedMemory.floats(length);
                buffer = memory.asBuffer();
            }
            return memory;
        }

        /** The memory of the last {@link #reserve}. */
        FloatBuffer buffer() {
            return buffer;
        }
    }

    private static final class Work {
        final ColumnSoftmax softmax = new ColumnSoftmax();
        final NativeFloats scores = new NativeFloats();
        final NativeFloats capped = new NativeFloats();
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
