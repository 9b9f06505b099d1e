package org.lsradapt.transformer.internal;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention for {@link CpuKernels}: small BLAS products on blocks of the arrays in place, and a softmax between them,
 * for each piece of {@link AttentionTasks}.
 *
 * <p>A piece's probabilities are kept for the gradient, or in its thread's memory if none is wanted. Tiled pieces have
 * one tile of them at a time in that memory, forward with running sums (as FlashAttention, Dao et al., arXiv
 * 2205.14135). The gradient computes them again, as e^(score − logarithm of the sum), which is kept for each query.
 */
final class CpuAttention {
    private final AttentionScores scores;
    private final Heads heads;
    private final FloatMatrix[] values;
    /** The numbers kept for the gradient; null if none are. */
    private final AttentionScratch.Native kept;

    private final int width;
    private final List<List<AttentionPiece>> tasks;
    /** Whether several pieces, or heads of one piece, add to the same gradient of keys and values. */
    private final boolean accumulates;

    /**
     * Prepares the attention of a batch.
     *
     * @param kept as in {@link Kernels#attention}
     * @param mostKept as {@link AttentionTasks#KEPT}
     */
    CpuAttention(AttentionInputs inputs, INDArray kept, int mostKept) {
        scores = new AttentionScores(inputs);
        heads = inputs.heads();
        values = FloatMatrix.of(inputs.values());
        this.kept = kept == null ? null : AttentionScratch.Native.of(kept);
        width = (int) inputs.queries().size(1) / heads.queries();
        tasks = AttentionTasks.of(inputs, kept != null, mostKept);
        accumulates = heads.causal()
                || heads.reach().isPresent()
                || heads.perKeyValue() > 1
                || tasks.stream().flatMap(List::stream).anyMatch(AttentionPiece::tiled);
    }

    private void forEach(BiConsumer<AttentionPiece, AttentionScratch> action) {
        Parallel.run(tasks.size(), index -> {
            AttentionScratch work = AttentionScratch.ofThread();
            for (AttentionPiece piece : tasks.get(index)) {
                action.accept(piece, work);
            }
        });
    }

    void forward(INDArray out) {
        FloatMatrix outputs = new FloatMatrix(out);
        forEach((piece, work) -> {
            if (piece.tiled()) {
                forwardInTiles(piece, outputs, work);
            } else {
                forward(piece, outputs, work);
            }
        });
    }

    private void forward(AttentionPiece piece, FloatMatrix outputs, AttentionScratch work) {
        if (piece.rounded()) {
            forwardRounded(piece.apart(), kept == null ? null : kept(piece), outputs, work);
            return;
        }
        AttentionScratch.Native p = kept == null ? work.probabilities.reserve(AttentionScores.numbers(piece)) : kept;
        scores.compute(piece, p, work);
        work.softmax.forward(p.buffer(), piece.at(), piece.keys(), piece.columns());
        scores.fillUnseen(piece, p.buffer(), 0, work);
        average(piece, p, 0, outputs, work);
    }

    /** Computes a piece's outputs, and its probabilities in BF16 to {@code own}, or to the thread's memory if it is null. */
    private void forwardRounded(
            AttentionPiece piece, @Nullable ShortPointer own, FloatMatrix outputs, AttentionScratch work) {
        int numbers = RoundedProducts.numbers(piece);
        AttentionScratch.Native p = work.probabilities.reserve(numbers);
        scores.compute(piece, p, work);
        int spare = numbers - piece.keys() * piece.columns();
        if (spare > 0) {
            p.buffer().put(numbers - spare, work.filled(Float.NEGATIVE_INFINITY, spare), 0, spare);
        }
        ShortPointer to = own == null ? work.products.weights(numbers) : own;
        OneDnn.softmaxOfColumns(numbers / piece.columns(), piece.columns(), p.memory(), to);
        work.products.queries(piece, to, scores.ofAllKeys(values, piece), 0, scores.ofAllQueries(outputs, piece));
    }

    /** Returns the memory of a piece's probabilities in BF16; they take less than the same numbers in FLOAT. */
    private ShortPointer kept(AttentionPiece piece) {
        return new ShortPointer(kept.memory().getPointer(piece.at()));
    }

    private void forwardInTiles(AttentionPiece piece, FloatMatrix outputs, AttentionScratch work) {
        work.running.begin(piece.pitch());
        for (AttentionPiece tile : piece.tiles(heads.causal())) {
            AttentionScratch.Native p = work.probabilities.reserve(AttentionScores.numbers(tile));
            scores.compute(tile, p, work);
            boolean first = tile.firstKey() == piece.firstKey();
            boolean changes = work.running.next(p.buffer(), tile.keys(), tile.first() - piece.first());
            if (changes && !first) {
                scale(tile, outputs, work.running.factors(), work);
            }
            scores.fillUnseen(tile, p.buffer(), 0, work);
            average(tile, p, first ? 0 : 1, outputs, work);
        }
        float[] logSums = work.logSums.atLeast(piece.pitch());
        work.running.end(logSums);
        kept.buffer().put(piece.at(), logSums, 0, piece.queries());
        scale(piece, outputs, work.running.factors(), work);
    }

    /** Multiplies each output of a piece of one head by its query's factor. */
    private void scale(AttentionPiece piece, FloatMatrix outputs, float[] factors, AttentionScratch work) {
        float[] row = work.scoreRow.atLeast(width);
        int column = piece.firstHead() * width;
        for (int i = 0; i < piece.queries(); i++) {
            outputs.read(piece.queryFrom() + i, column, row, width);
            for (int j = 0; j < width; j++) {
                row[j] *= factors[i];
            }
            outputs.write(piece.queryFrom() + i, column, row, width);
        }
    }

    /** Adds each head's values, weighted by probability, to beta·outputs [queries, width]. */
    private void average(
            AttentionPiece piece,
            AttentionScratch.Native probabilities,
            float beta,
            FloatMatrix outputs,
            AttentionScratch work) {
        if (piece.rounded()) {
            ShortPointer p = work.products.round(probabilities.memory(), RoundedProducts.numbers(piece));
            NativeMatrix out = scores.ofAllQueries(outputs, piece);
            work.products.queries(piece, p, scores.ofAllKeys(values, piece), beta, out);
            return;
        }
        for (int i = 0; i < piece.heads(); i++) {
            average(piece, i, probabilities, beta, outputs);
        }
    }

    private void average(
            AttentionPiece piece, int head, AttentionScratch.Native probabilities, float beta, FloatMatrix outputs) {
        NativeMatrix p = AttentionScores.ofHead(probabilities, piece, head);
        NativeMatrix v = scores.ofKeys(values, piece, head);
        NativeMatrix out = scores.ofQueries(outputs, piece, head);
        if (piece.queries() == 1) {
            Blas.gemv(1, v.transpose(), p.memory(), p.stride(), beta, out.memory(), 1);
        } else {
            Blas.gemm(1, p.transpose(), v, beta, out);
        }
    }

    void backward(INDArray out, INDArray gradOut, AttentionGradients wanted) {
        Gradients gradients = new Gradients(
                new FloatMatrix(out),
                new FloatMatrix(gradOut),
                new FloatMatrix(wanted.values()),
                AttentionScores.Gradients.of(wanted));
        gradients.clear(accumulates);
        forEach((piece, work) -> {
            if (piece.tiled()) {
                backwardInTiles(piece, gradients, work);
            } else {
                backward(piece, gradients, work);
            }
        });
    }

    /** The outputs and their gradient, and where the gradients of values and scores go. */
    private record Gradients(
            FloatMatrix outputs, FloatMatrix ofOutputs, FloatMatrix values, AttentionScores.Gradients scores) {

        void clear(boolean keysAndValues) {
            scores.clear(keysAndValues);
            if (keysAndValues) {
                values.clear();
            }
        }
    }

    private void backward(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        int m = piece.queries();
        int n = piece.keys();
        int cols = piece.columns();
        float beta = accumulates ? 1 : 0;
        AttentionScratch.Native gradient = work.gradient.reserve(AttentionScores.numbers(piece));
        if (piece.rounded()) {
            backwardRounded(piece, gradients, work);
            scores.gradient(piece, gradients.scores, 0, beta, work);
            return;
        }
        NativeMatrix gradScores = new NativeMatrix(gradient.memory(), n, cols, cols);
        for (int i = 0; i < piece.heads(); i++) {
            NativeMatrix g = scores.ofQueries(gradients.ofOutputs, piece, i);
            Blas.gemm(1, AttentionScores.ofHead(kept, piece, i), g, beta, scores.ofKeys(gradients.values, piece, i));
            Blas.gemm(1, scores.ofKeys(values, piece, i), g.transpose(), 0, gradScores.columns(i * m, m));
        }
        work.softmax.gradient(kept.buffer(), piece.at(), work.gradient.buffer(), (float) heads.scale(), n, cols);
        scores.gradient(piece, gradients.scores, 0, beta, work);
    }

    /** Computes the gradients of values and scores of a piece whose probabilities are kept in BF16. */
    private void backwardRounded(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        AttentionScratch.Native p = work.probabilities.reserve(AttentionScores.numbers(piece));
        RoundedProducts.widen(kept(piece), RoundedProducts.numbers(piece), p.memory());
        NativeMatrix g = scores.ofAllQueries(gradients.ofOutputs, piece);
        NativeMatrix ofValues = scores.ofAllKeys(gradients.values, piece);
        work.products.keys(piece, kept(piece), g, accumulates ? 1 : 0, ofValues);
        work.products.weights(piece, 1, scores.ofAllKeys(values, piece), g, work.gradient.memory());
        work.softmax.gradient(
                p.buffer(), 0, work.gradient.buffer(), (float) heads.scale(), piece.keys(), piece.columns());
    }

    private void backwardInTiles(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        float[] logSums = work.logSums.atLeast(piece.pitch());
        kept.buffer().get(piece.at(), logSums, 0, piece.queries());
        Arrays.fill(logSums, piece.queries(), piece.pitch(), 0);
        work.running.begin(logSums, means(piece, gradients, work), piece.pitch());
        for (AttentionPiece tile : piece.tiles(heads.causal())) {
            int n = tile.keys();
            AttentionScratch.Native p = work.probabilities.reserve(AttentionScores.numbers(tile));
            AttentionScratch.Native gradScores = work.gradient.reserve(AttentionScores.numbers(tile));
            NativeMatrix g = scores.ofQueries(gradients.ofOutputs, tile, 0);
            NativeMatrix v = scores.ofKeys(values, tile, 0);
            NativeMatrix gradValues = scores.ofKeys(gradients.values, tile, 0);
            scores.compute(tile, p, work);
            if (tile.rounded()) {
                work.products.weights(tile, 1, v, g, gradScores.memory());
            } else {
                int m = tile.queries();
                Blas.gemm(1, v, g.transpose(), 0, new NativeMatrix(gradScores.memory(), n, m, m));
            }
            work.running.gradient(
                    p.buffer(), gradScores.buffer(), (float) heads.scale(), n, tile.first() - piece.first());
            scores.fillUnseen(tile, p.buffer(), 0, work);
            scores.fillUnseen(tile, gradScores.buffer(), 0, work);
            if (tile.rounded()) {
                work.products.keys(
                        tile, work.products.round(p.memory(), RoundedProducts.numbers(tile)), g, 1, gradValues);
            } else {
                Blas.gemm(1, AttentionScores.ofHead(p, tile, 0), g, 1, gradValues);
            }
            scores.gradient(tile, gradients.scores, tile.firstKey() == piece.firstKey() ? 0 : 1, 1, work);
        }
    }

    /** Returns each query's mean gradient of its probabilities, which is that of its output times the output. */
    private float[] means(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        float[] means = work.means.atLeast(piece.pitch());
        Arrays.fill(means, piece.queries(), piece.pitch(), 0);
        float[] out = work.scoreRow.atLeast(width);
        float[] grad = work.addedRow.atLeast(width);
        for (int i = 0; i < piece.queries(); i++) {
            gradients.outputs.read(piece.queryFrom() + i, piece.firstHead() * width, out, width);
            gradients.ofOutputs.read(piece.queryFrom() + i, piece.firstHead() * width, grad, width);
            means[i] = RowMath.dot(out, grad, width);
        }
        return means;
    }
}
