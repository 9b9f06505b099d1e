package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.RowKernels;

/** One normalization in a pass. */
final class NormRun {
    private final Engine engine;
    private final Arena arena;
    private final RowKernels.Norm weights;
    private RowKernels.Moments moments;
    /** Where what was normed lies. */
    private long normed;

    NormRun(Engine engine, Arena arena, RowKernels.Norm weights) {
        this.engine = engine;
        this.arena = arena;
        this.weights = weights;
    }

    /**
     * x ← x + residual, out ← its norm.
     *
     * @param x address; kept as it is until {@link #backward}
     * @param residual address, or 0 for none
     * @param out address
     */
    void forward(long x, long residual, long out, RowKernels.Layout rows) {
        long bytes = (long) Float.BYTES * rows.count();
        moments = new RowKernels.Moments(arena.take(bytes), arena.take(bytes));
        normed = x;
        engine.rows.addNorm(x, residual, weights, x, out, moments, rows);
    }

    /**
     * The gradient of what was normed, plus another one.
     *
     * @param gradOut address
     * @param add address of the other one, or 0 for none
     * @param grad address; may be one of them
     */
    void backward(long gradOut, long add, long grad, RowKernels.Layout rows) {
        engine.rows.normGradient(gradOut, normed, weights, moments, add, grad, rows);
    }
}
