package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.transformer.parts.Norm;

/** Runs one normalization of a pass, or a layer scale. */
final class NormRun {
    private final Engine engine;
    private final Arena arena;
    private final RowKernels.Norm weights;
    /** True for a layer scale, which only multiplies rows by γ. */
    private final boolean scales;

    private RowKernels.Moments moments;
    /** Address of the norm's input. */
    private long normed;

    NormRun(Engine engine, Arena arena, Norm norm, DeviceWeights model) {
        this.engine = engine;
        this.arena = arena;
        weights = model.norm(norm);
        scales = norm.kind() == Norm.Kind.SCALE;
    }

    /**
     * x ← x + residual, out ← its norm.
     *
     * @param x address; must not change until {@link #backward}
     * @param residual address, or 0 for none, as for a layer scale
     */
    void forward(long x, long residual, RowKernels.Output out, RowKernels.Layout rows) {
        if (scales) {
            scale(x, out, rows);
            return;
        }
        moments = new RowKernels.Moments(arena.floats(rows.count(), 1), arena.floats(rows.count(), 1));
        normed = x;
        engine.rows.addNorm(x, residual, weights, x, out, moments, rows);
    }

    /**
     * Computes the gradient of the norm's input, plus {@code add}.
     *
     * @param add address of another gradient, or 0 for none, as for a layer scale
     * @param grad the result; may be one of them
     */
    void backward(long gradOut, long add, RowKernels.Output grad, RowKernels.Layout rows) {
        if (scales) {
            scale(gradOut, grad, rows);
            return;
        }
        engine.rows.normGradient(gradOut, normed, weights, moments, add, grad, rows);
    }

    private void scale(long x, RowKernels.Output out, RowKernels.Layout rows) {
        engine.elements.scaleColumns(x, weights.gamma(), out.numbers(), rows.count(), rows.width());
        if (out.rounded() != 0) {
            engine.elements.castToBrain(out.numbers(), out.rounded(), rows.count(), rows.width(), rows.width());
        }
    }
}
