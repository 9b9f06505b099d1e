package org.lsradapt.transformer.internal;

import java.util.List;
import java.util.function.BiConsumer;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
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
        AttentionScratch.Native p = kept == null ? work.probabilities.reserve(piece.keys() * piece.columns()) : kept;
        scores.compute(piece, p, work);
        work.softmax.forward(p.buffer(), piece.at(), piece.keys(), piece.columns());
        scores.fillUnseen(piece, p.buffer(), 0, work);
        for (int i = 0; i < piece.heads(); i++) {
            average(piece, i, p, 0, outputs);
        }
    }

    private void forwardInTiles(AttentionPiece piece, FloatMatrix outputs, AttentionScratch work) {
        work.running.begin(piece.queries());
        for (AttentionPiece tile : piece.tiles(heads.causal())) {
            AttentionScratch.Native p = work.probabilities.reserve(tile.keys() * tile.queries());
            scores.compute(tile, p, work);
            boolean first = tile.firstKey() == piece.firstKey();
            boolean changes = work.running.next(p.buffer(), tile.keys(), tile.first() - piece.first());
            if (changes && !first) {
                scale(tile, outputs, work.running.factors(), work);
            }
            scores.fillUnseen(tile, p.buffer(), 0, work);
            average(tile, 0, p, first ? 0 : 1, outputs);
        }
        float[] logSums = work.logSums(piece.queries());
        work.running.end(logSums);
        kept.buffer().put(piece.at(), logSums, 0, piece.queries());
        scale(piece, outputs, work.running.factors(), work);
    }

    /** Multiplies each output of a piece of one head by its query's factor. */
    private void scale(AttentionPiece piece, FloatMatrix outputs, float[] factors, AttentionScratch work) {
        float[] row = work.scoreRow(width);
        int column = piece.firstHead() * width;
        for (int i = 0; i < piece.queries(); i++) {
            outputs.read(piece.queryFrom() + i, column, row, width);
            for (int j = 0; j < width; j++) {
                row[j] *= factors[i];
            }
            outputs.write(piece.queryFrom() + i, column, row, width);
        }
    }

    /** Adds one head's values, weighted by probability, to beta·outputs [queries, width]. */
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
        NativeMatrix gradScores =
                new NativeMatrix(work.gradient.reserve(n * cols).memory(), n, cols, cols);
        for (int i = 0; i < piece.heads(); i++) {
            NativeMatrix g = scores.ofQueries(gradients.ofOutputs, piece, i);
            Blas.gemm(1, AttentionScores.ofHead(kept, piece, i), g, beta, scores.ofKeys(gradients.values, piece, i));
            Blas.gemm(1, scores.ofKeys(values, piece, i), g.transpose(), 0, gradScores.columns(i * m, m));
        }
        work.softmax.gradient(kept.buffer(), piece.at(), work.gradient.buffer(), (float) heads.scale(), n, cols);
        scores.gradient(piece, gradients.scores, 0, beta, work);
    }

    private void backwardInTiles(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        float[] logSums = work.logSums(piece.queries());
        kept.buffer().get(piece.at(), logSums, 0, piece.queries());
        work.running.begin(logSums, means(piece, gradients, work), piece.queries());
        for (AttentionPiece tile : piece.tiles(heads.causal())) {
            int n = tile.keys();
            int m = tile.queries();
            AttentionScratch.Native p = work.probabilities.reserve(n * m);
            AttentionScratch.Native gradScores = work.gradient.reserve(n * m);
            NativeMatrix g = scores.ofQueries(gradients.ofOutputs, tile, 0);
            scores.compute(tile, p, work);
            Blas.gemm(
                    1,
                    scores.ofKeys(values, tile, 0),
                    g.transpose(),
                    0,
                    new NativeMatrix(gradScores.memory(), n, m, m));
            work.running.gradient(
                    p.buffer(), gradScores.buffer(), (float) heads.scale(), n, tile.first() - piece.first());
            scores.fillUnseen(tile, p.buffer(), 0, work);
            scores.fillUnseen(tile, gradScores.buffer(), 0, work);
            Blas.gemm(1, AttentionScores.ofHead(p, tile, 0), g, 1, scores.ofKeys(gradients.values, tile, 0));
            scores.gradient(tile, gradients.scores, tile.firstKey() == piece.firstKey() ? 0 : 1, 1, work);
        }
    }

    /** Returns each query's mean gradient of its probabilities, which is that of its output times the output. */
    private float[] means(AttentionPiece piece, Gradients gradients, AttentionScratch work) {
        float[] means = work.means(piece.queries());
        float[] out = work.scoreRow(width);
        float[] grad = work.addedRow(width);
        for (int i = 0; i < piece.queries(); i++) {
            gradients.outputs.read(piece.queryFrom() + i, piece.firstHead() * width, out, width);
            gradients.ofOutputs.read(piece.queryFrom() + i, piece.firstHead() * width, grad, width);
            means[i] = RowMath.dot(out, grad, width);
        }
        return means;
    }
}
