package org.lsradapt.baselines.frozen;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer whose update is the thin product ΔW = c·A·M with A frozen, with the arrays of its passes. */
final class FrozenUse implements LayerUpdate {
    private final Backend backend;
    private final INDArray a;
    private final INDArray m;
    private final INDArray gradM;
    private final double scaling;
    private final Buffer hidden;
    private final Buffer gradHidden;

    /**
     * Makes a use on matrices of the adapter and of a lane.
     *
     * @param a A [in, ρ]
     * @param m M [ρ, out]
     */
    FrozenUse(Backend backend, INDArray a, INDArray m, INDArray gradM, double scaling) {
        this.backend = backend;
        this.a = a;
        this.m = m;
        this.gradM = gradM;
        this.scaling = scaling;
        hidden = new Buffer(a.dataType(), a.size(1));
        gradHidden = new Buffer(a.dataType(), a.size(1));
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        INDArray h = hidden.rows(x.size(0));
        backend.gemm(x, false, a, false, 1, 0, h);
        backend.gemm(h, false, m, false, scaling, 1, y);
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        backend.gemm(hidden.rows(x.size(0)), true, gradOutput, false, scaling, 1, gradM);
        if (gradInput != null) {
            INDArray gradH = gradHidden.rows(x.size(0));
            backend.gemm(gradOutput, false, m, true, scaling, 0, gradH);
            backend.gemm(gradH, false, a, true, 1, 1, gradInput);
        }
    }

    @Override
    public void close() {
        hidden.close();
        gradHidden.close();
    }
}
