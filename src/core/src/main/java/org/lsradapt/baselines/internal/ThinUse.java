package org.lsradapt.baselines.internal;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer whose update is the thin product ΔW = c·L·R, with the arrays of its passes. */
public final class ThinUse implements LayerUpdate {
    private final Backend backend;
    private final INDArray left;
    private final boolean transposed;
    private final @Nullable INDArray gradLeft;
    private final INDArray right;
    private final INDArray gradRight;
    private final double scaling;
    private final Buffer hidden;
    private final Buffer gradHidden;

    private ThinUse(
            Backend backend,
            INDArray left,
            @Nullable INDArray gradLeft,
            INDArray right,
            INDArray gradRight,
            double scaling) {
        this.backend = backend;
        this.left = left;
        this.gradLeft = gradLeft;
        transposed = gradLeft != null;
        this.right = right;
        this.gradRight = gradRight;
        this.scaling = scaling;
        hidden = new Buffer(right.dataType(), right.size(0));
        gradHidden = new Buffer(right.dataType(), right.size(0));
    }

    /** Makes a use of Lᵀ [ρ, in] and R [ρ, out]; passes add to the gradients of both. */
    public static ThinUse of(
            Backend backend, INDArray left, INDArray gradLeft, INDArray right, INDArray gradRight, double scaling) {
        return new ThinUse(backend, left, gradLeft, right, gradRight, scaling);
    }

    /** Makes a use of a frozen L [in, ρ] and R [ρ, out]; passes add to the gradient of R. */
    public static ThinUse ofFrozen(Backend backend, INDArray left, INDArray right, INDArray gradRight, double scaling) {
        return new ThinUse(backend, left, null, right, gradRight, scaling);
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(x, false, left, transposed, 1, 0, h);
        backend.gemm(h, false, right, false, scaling, 1, y);
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(h, true, gradOutput, false, scaling, 1, gradRight);
        if (gradLeft == null && gradInput == null) {
            return;
        }
        INDArray gradH = gradHidden.rows(x.size(0));
        backend.gemm(gradOutput, false, right, true, scaling, 0, gradH);
        if (gradLeft != null) {
            backend.gemm(gradH, true, x, false, 1, 1, gradLeft);
        }
        if (gradInput != null) {
            backend.gemm(gradH, false, left, !transposed, 1, 1, gradInput);
        }
    }

    @Override
    public void close() {
        hidden.close();
        gradHidden.close();
    }
}
