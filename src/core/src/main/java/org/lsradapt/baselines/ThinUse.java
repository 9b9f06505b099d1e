package org.lsradapt.baselines;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer whose update is the thin product ΔW = c·Lᵀ·R, with the arrays of its passes. */
final class ThinUse implements LayerUpdate {
    private final Backend backend;
    private final INDArray left;
    private final INDArray gradLeft;
    private final INDArray right;
    private final INDArray gradRight;
    private final double scaling;
    private final Buffer hidden;
    private final Buffer gradHidden;

    /**
     * Makes a use on matrices of the adapter and of a lane.
     *
     * @param left L [ρ, in]
     * @param right R [ρ, out]
     */
    ThinUse(Backend backend, INDArray left, INDArray gradLeft, INDArray right, INDArray gradRight, double scaling) {
        this.backend = backend;
        this.left = left;
        this.gradLeft = gradLeft;
        this.right = right;
        this.gradRight = gradRight;
        this.scaling = scaling;
        hidden = new Buffer(left.dataType(), left.size(0));
        gradHidden = new Buffer(left.dataType(), left.size(0));
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(x, false, left, true, 1, 0, h);
        backend.gemm(h, false, right, false, scaling, 1, y);
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        INDArray h = hidden.rows(x.size(0));
        INDArray gradH = gradHidden.rows(x.size(0));
        backend.gemm(gradOutput, false, right, true, scaling, 0, gradH);
        backend.gemm(h, true, gradOutput, false, scaling, 1, gradRight);
        backend.gemm(gradH, true, x, false, 1, 1, gradLeft);
        if (gradInput != null) {
            backend.gemm(gradH, false, left, false, 1, 1, gradInput);
        }
    }

    @Override
    public void close() {
        hidden.close();
        gradHidden.close();
    }
}
