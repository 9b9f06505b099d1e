package org.lsradapt.baselines.internal;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One use of a layer whose update is materialized as M [in, out], ΔW = c·M.
 *
 * @param m M; passes read its values at the time
 * @param gradM ∂L/∂M of the use's lane, added to
 * @param scaling c
 */
public record DenseUse(Backend backend, INDArray m, INDArray gradM, double scaling) implements LayerUpdate {

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        backend.gemm(x, false, m, false, scaling, 1, y);
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        backend.gemm(x, true, gradOutput, false, scaling, 1, gradM);
        if (gradInput != null) {
            backend.gemm(gradOutput, false, m, true, scaling, 1, gradInput);
        }
    }
}
