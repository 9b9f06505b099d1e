package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.bytedeco.javacpp.ShortPointer;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;

/**
 * The scores of {@link CpuAttention}'s pieces, before the softmax, and their gradients. They are transposed, with a row
 * per key and the heads' queries side by side in the columns, [keys, heads·queries]: the softmax then runs over
 * columns, in loops over long rows.
 */
final class AttentionScores {
    private final Heads heads;
    private final FloatMatrix queries;
    private final FloatMatrix[] keys;
    private final Relative[] relative;
    private final ScoreBias bias;
    private final int width;
    private final float scale;

    AttentionScores(AttentionInputs inputs) {
        heads = inputs.heads();
        queries = new FloatMatrix(inputs.queries());
        keys = FloatMatrix.of(inputs.keys());
        relative = inputs.relative() == null
                ? null
                : Stream.of(inputs.relative()).map(Relative::of).toArray(Relative[]::new);
        bias = inputs.bias();
        width = queries.width / heads.queries();
        scale = (float) heads.scale();
    }

    /** The rows of distances, or their gradients; a part is null if there are none. */
    record Relative(FloatMatrix keys, FloatMatrix queries) {
        static Relative of(RelativeRows rows) {
            return new Relative(FloatMatrix.of(rows.keys()), FloatMatrix.of(rows.queries()));
        }
    }

    /** Where the gradients go; {@code keys} is null if not wanted. */
    record Gradients(FloatMatrix queries, FloatMatrix keys, Relative relative) {

        static Gradients of(AttentionGradients wanted) {
            return new Gradients(
                    new FloatMatrix(wanted.queries()),
                    FloatMatrix.of(wanted.keys()),
                    new Relative(FloatMatrix.of(wanted.relativeKeys()), FloatMatrix.of(wanted.relativeQueries())));
        }

        void clear(boolean alsoKeys) {
            for (FloatMatrix rows : new FloatMatrix[] {alsoKeys ? keys : null, relative.keys, relative.queries}) {
                if (rows != null) {
                    rows.clear();
                }
            }
        }
    }

    private Relative relative(AttentionPiece piece) {
        return relative[relative.length == 1 ? 0 : piece.sequence()];
    }

    /** Computes a piece's scores from its first number on; −∞ where a query does not see a key. */
    void compute(AttentionPiece piece, AttentionScratch.Native scores, AttentionScratch work) {
        FloatBuffer buffer = scores.buffer();
        multiply(piece, scores, work);
        for (int i = 0; i < piece.heads(); i++) {
            if (relative != null) {
                addRelative(piece, i, buffer, work);
            }
            if (bias != null) {
                addBias(piece, i, buffer, work);
            }
        }
        if (heads.cap().isPresent()) {
            cap(buffer, piece.at(), piece.keys(), piece.columns(), work);
        }
        fillUnseen(piece, buffer, Float.NEGATIVE_INFINITY, work);
    }

    /** Returns one head's part of the scores, [keys, queries]. */
    static NativeMatrix ofHead(AttentionScratch.Native scores, AttentionPiece piece, int head) {
        return new NativeMatrix(
                scores.memory().getPointer(piece.at() + (long) head * piece.pitch()),
                piece.keys(),
                piece.queries(),
                piece.columns());
    }

    private void multiply(AttentionPiece piece, AttentionScratch.Native scores, AttentionScratch work) {
        if (piece.rounded()) {
            work.products.weights(piece, scale, ofAllKeys(keys, piece), ofAllQueries(queries, piece), scores.memory());
            return;
        }
        for (int i = 0; i < piece.heads(); i++) {
            multiply(piece, i, ofHead(scores, piece, i));
        }
    }

    /** Computes a head's products of keys and queries; for one query by gemv, as OpenBLAS copies factors of a gemm. */
    private void multiply(AttentionPiece piece, int head, NativeMatrix scores) {
        NativeMatrix k = ofKeys(keys, piece, head);
        NativeMatrix q = ofQueries(queries, piece, head);
        if (piece.queries() == 1) {
            Blas.gemv(scale, k, q.memory(), 1, 0, scores.memory(), scores.stride());
        } else {
            Blas.gemm(scale, k, q.transpose(), 0, scores);
        }
    }

    private void addBias(AttentionPiece piece, int head, FloatBuffer to, AttentionScratch work) {
        int m = piece.queries();
        int n = piece.keys();
        double[] numbers = bias.numbers()[piece.firstHead() + head];
        int smallest = piece.smallestDistance(bias.centre());
        float[] added = work.distances.atLeast(piece.distances());
        for (int i = 0; i < piece.distances(); i++) {
            added[i] = (float) numbers[smallest + i];
        }
        float[] scores = work.scoreRow.atLeast(m);
        for (int key = 0; key < n; key++) {
            int at = piece.at() + key * piece.columns() + head * piece.pitch();
            to.get(at, scores, 0, m);
            for (int i = 0; i < m; i++) {
                scores[i] += added[n - 1 - key + i];
            }
            to.put(at, scores, 0, m);
        }
    }

    /** Computes s ← c·tanh(s/c) for a matrix in native memory. */
    private void cap(FloatBuffer scores, int at, int rows, int cols, AttentionScratch work) {
        float cap = (float) heads.cap().orElseThrow();
        float[] row = work.scoreRow.atLeast(cols);
        float[] scratch = work.addedRow.atLeast(cols);
        for (int key = 0; key < rows; key++) {
            scores.get(at + key * cols, row, 0, cols);
            Softcap.values(row, cap, scratch, cols);
            scores.put(at + key * cols, row, 0, cols);
        }
    }

    /** Writes a value wherever a query does not see a key. */
    void fillUnseen(AttentionPiece piece, FloatBuffer to, float value, AttentionScratch work) {
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
    private static void fillBefore(
            AttentionPiece piece, FloatBuffer to, int reach, float value, AttentionScratch work) {
        int past = piece.first() + reach - piece.firstKey();
        for (int key = Math.max(0, past + 1); key < piece.keys(); key++) {
            fill(piece, to, key, 0, Math.min(piece.queries(), key - past), value, work);
        }
    }

    /** Writes a value wherever a query is more than {@code reach} tokens after a key. */
    private static void fillBehind(
            AttentionPiece piece, FloatBuffer to, int reach, float value, AttentionScratch work) {
        for (int key = 0; key < piece.keys(); key++) {
            int from = piece.firstKey() + key + reach + 1 - piece.first();
            if (from >= piece.queries()) {
                return;
            }
            fill(piece, to, key, Math.max(0, from), piece.queries(), value, work);
        }
    }

    /** Writes a value for one key and a range of queries (end exclusive) of all heads. */
    private static void fill(
            AttentionPiece piece, FloatBuffer to, int key, int from, int end, float value, AttentionScratch work) {
        float[] filler = work.filled(value, end - from);
        for (int i = 0; i < piece.heads(); i++) {
            to.put(piece.at() + key * piece.columns() + i * piece.pitch() + from, filler, 0, end - from);
        }
    }

    /** Adds scale·(q_i·K_r(i−j) + k_j·Q_r(i−j)) to one head's scores. */
    private void addRelative(AttentionPiece piece, int head, FloatBuffer to, AttentionScratch work) {
        if (relative(piece).queries != null) {
            addByKey(piece, head, to, work);
        }
        if (relative(piece).keys != null) {
            addByQuery(piece, head, to, work);
        }
    }

    private void addByKey(AttentionPiece piece, int head, FloatBuffer to, AttentionScratch work) {
        int m = piece.queries();
        int n = piece.keys();
        int distances = piece.distances();
        AttentionScratch.Native product = work.positionToContent.reserve(n * distances);
        Blas.gemm(
                scale,
                ofKeys(keys, piece, head),
                ofDistances(relative(piece).queries, piece, head).transpose(),
                0,
                new NativeMatrix(product.memory(), n, distances, distances));
        float[] scores = work.scoreRow.atLeast(m);
        float[] added = work.addedRow.atLeast(m);
        for (int key = 0; key < n; key++) {
            int at = piece.at() + key * piece.columns() + head * m;
            to.get(at, scores, 0, m);
            product.buffer().get(key * distances + firstDistance(piece, key), added, 0, m);
            for (int i = 0; i < m; i++) {
                scores[i] += added[i];
            }
            to.put(at, scores, 0, m);
        }
    }

    private void addByQuery(AttentionPiece piece, int head, FloatBuffer to, AttentionScratch work) {
        int m = piece.queries();
        int distances = piece.distances();
        AttentionScratch.Native product = work.contentToPosition.reserve(distances * m);
        Blas.gemm(
                scale,
                ofDistances(relative(piece).keys, piece, head),
                ofQueries(queries, piece, head).transpose(),
                0,
                new NativeMatrix(product.memory(), distances, m, m));
        float[] added = work.distances.atLeast(distances * m);
        product.buffer().get(0, added, 0, distances * m);
        float[] scores = work.scoreRow.atLeast(m);
        for (int key = 0; key < piece.keys(); key++) {
            int at = piece.at() + key * piece.columns() + head * m;
            int first = firstDistance(piece, key);
            to.get(at, scores, 0, m);
            for (int i = 0; i < m; i++) {
                scores[i] += added[(first + i) * m + i];
            }
            to.put(at, scores, 0, m);
        }
    }

    /** Returns the row of the distance between the first query and a key; those to the next queries follow. */
    private static int firstDistance(AttentionPiece piece, int key) {
        return piece.keys() - 1 - key;
    }

    /**
     * Computes the gradients of queries, keys and relative rows from that of the scores in {@code work.gradient}.
     *
     * @param betaQueries factor of the queries' gradient so far; with 0, it is overwritten
     * @param betaKeys the same for the keys
     */
    void gradient(AttentionPiece piece, Gradients gradients, float betaQueries, float betaKeys, AttentionScratch work) {
        if (heads.cap().isPresent()) {
            capGradient(piece, work);
        }
        if (piece.rounded()) {
            ShortPointer g = work.products.round(work.gradient.memory(), RoundedProducts.numbers(piece));
            NativeMatrix gradQueries = ofAllQueries(gradients.queries, piece);
            work.products.queries(piece, g, ofAllKeys(keys, piece), betaQueries, gradQueries);
            if (gradients.keys != null) {
                NativeMatrix gradKeys = ofAllKeys(gradients.keys, piece);
                work.products.keys(piece, g, ofAllQueries(queries, piece), betaKeys, gradKeys);
            }
            return;
        }
        int m = piece.queries();
        NativeMatrix gradScores =
                new NativeMatrix(work.gradient.memory(), piece.keys(), piece.columns(), piece.columns());
        for (int i = 0; i < piece.heads(); i++) {
            NativeMatrix g = gradScores.columns(i * m, m);
            Blas.gemm(1, g.transpose(), ofKeys(keys, piece, i), betaQueries, ofQueries(gradients.queries, piece, i));
            if (gradients.keys != null) {
                Blas.gemm(1, g, ofQueries(queries, piece, i), betaKeys, ofKeys(gradients.keys, piece, i));
            }
            if (relative != null && relative(piece).keys != null) {
                gradientByQuery(piece, i, gradients, work);
            }
            if (relative != null && relative(piece).queries != null) {
                gradientByKey(piece, i, gradients, work);
            }
        }
    }

    /** Turns the gradient of the capped scores, which are computed again, into that of the scores before the cap. */
    private void capGradient(AttentionPiece piece, AttentionScratch work) {
        int n = piece.keys();
        int cols = piece.columns();
        float cap = (float) heads.cap().orElseThrow();
        AttentionScratch.Native capped = work.capped.reserve(numbers(piece));
        multiply(piece.apart(), capped, work);
        cap(capped.buffer(), 0, n, cols, work);
        float[] row = work.scoreRow.atLeast(cols);
        float[] g = work.addedRow.atLeast(cols);
        for (int key = 0; key < n; key++) {
            capped.buffer().get(key * cols, row, 0, cols);
            work.gradient.buffer().get(key * cols, g, 0, cols);
            Softcap.gradient(row, cap, g, cols);
            work.gradient.buffer().put(key * cols, g, 0, cols);
        }
    }

    /** Computes the gradients of the factors in {@link #addByQuery} from the gradient of one head's scores. */
    private void gradientByQuery(AttentionPiece piece, int head, Gradients gradients, AttentionScratch work) {
        int m = piece.queries();
        int distances = piece.distances();
        AttentionScratch.Native product = work.contentToPosition.reserve(distances * m);
        float[] spread = work.distances.atLeast(distances * m);
        Arrays.fill(spread, 0, distances * m, 0f);
        float[] g = work.scoreRow.atLeast(m);
        for (int key = 0; key < piece.keys(); key++) {
            int first = firstDistance(piece, key);
            work.gradient.buffer().get(key * piece.columns() + head * m, g, 0, m);
            for (int i = 0; i < m; i++) {
                spread[(first + i) * m + i] = g[i];
            }
        }
        product.buffer().put(0, spread, 0, distances * m);
        NativeMatrix grad = new NativeMatrix(product.memory(), distances, m, m);
        NativeMatrix rows = ofDistances(relative(piece).keys, piece, head);
        Blas.gemm(1, grad.transpose(), rows, 1, ofQueries(gradients.queries, piece, head));
        if (gradients.relative.keys != null) {
            NativeMatrix gradRows = ofDistances(gradients.relative.keys, piece, head);
            Blas.gemm(1, grad, ofQueries(queries, piece, head), 1, gradRows);
        }
    }

    /** Computes the gradients of the factors in {@link #addByKey} from the gradient of one head's scores. */
    private void gradientByKey(AttentionPiece piece, int head, Gradients gradients, AttentionScratch work) {
        int m = piece.queries();
        int n = piece.keys();
        int distances = piece.distances();
        AttentionScratch.Native product = work.positionToContent.reserve(n * distances);
        float[] g = work.scoreRow.atLeast(m);
        float[] spread = work.addedRow.atLeast(distances);
        for (int key = 0; key < n; key++) {
            work.gradient.buffer().get(key * piece.columns() + head * m, g, 0, m);
            Arrays.fill(spread, 0, distances, 0f);
            System.arraycopy(g, 0, spread, firstDistance(piece, key), m);
            product.buffer().put(key * distances, spread, 0, distances);
        }
        NativeMatrix grad = new NativeMatrix(product.memory(), n, distances, distances);
        if (gradients.keys != null) {
            NativeMatrix rows = ofDistances(relative(piece).queries, piece, head);
            Blas.gemm(1, grad, rows, 1, ofKeys(gradients.keys, piece, head));
        }
        if (gradients.relative.queries != null) {
            NativeMatrix gradRows = ofDistances(gradients.relative.queries, piece, head);
            Blas.gemm(1, grad.transpose(), ofKeys(keys, piece, head), 1, gradRows);
        }
    }

    /** Returns how many numbers a piece's scores take. */
    static int numbers(AttentionPiece piece) {
        return piece.rounded() ? RoundedProducts.numbers(piece) : piece.keys() * piece.columns();
    }

    /** Returns the block of all heads in an array with rows as the queries. */
    NativeMatrix ofAllQueries(FloatMatrix rows, AttentionPiece piece) {
        return rows.block(piece.queryFrom(), piece.queries(), column(piece, 0), piece.heads() * width);
    }

    /** Returns the block of all heads in one array for all sequences, or one per sequence. */
    NativeMatrix ofAllKeys(FloatMatrix[] rows, AttentionPiece piece) {
        return ofAllKeys(rows[rows.length == 1 ? 0 : piece.sequence()], piece);
    }

    /** Returns the block of all heads in an array with rows as the keys. */
    NativeMatrix ofAllKeys(FloatMatrix rows, AttentionPiece piece) {
        int group = heads.perKeyValue();
        int count = Math.max(1, piece.heads() / group);
        return rows.block(piece.keyFrom(), piece.keys(), piece.firstHead() / group * width, count * width);
    }

    /** Returns the block of one head in an array with rows as the queries. */
    NativeMatrix ofQueries(FloatMatrix rows, AttentionPiece piece, int head) {
        return rows.block(piece.queryFrom(), piece.queries(), column(piece, head), width);
    }

    /** Returns the block of one head in an array with rows as the keys. */
    NativeMatrix ofKeys(FloatMatrix rows, AttentionPiece piece, int head) {
        int column = (piece.firstHead() + head) / heads.perKeyValue() * width;
        return rows.block(piece.keyFrom(), piece.keys(), column, width);
    }

    /** Returns the block of one head in one array for all sequences, or one per sequence. */
    NativeMatrix ofKeys(FloatMatrix[] rows, AttentionPiece piece, int head) {
        return ofKeys(rows[rows.length == 1 ? 0 : piece.sequence()], piece, head);
    }

    /** Returns the block of one head, and of the distances of a piece, in an array with a row per distance. */
    private NativeMatrix ofDistances(FloatMatrix rows, AttentionPiece piece, int head) {
        // The row of distance 0 is in the middle.
        return rows.block(piece.smallestDistance(rows.rows / 2), piece.distances(), column(piece, head), width);
    }

    private int column(AttentionPiece piece, int head) {
        return (piece.firstHead() + head) * width;
    }
}
