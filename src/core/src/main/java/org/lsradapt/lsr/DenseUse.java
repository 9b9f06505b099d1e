package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer with ΔW = c·M, M [in, out]; passes read M's current values and add to ∂L/∂M of a lane. */
record DenseUse(Backend backend, INDArray m, INDArray gradM, double scaling) implements ProductUse {

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

    @Override
    public void writeGradients(INDArray gradDelta) {
        LayerAdapter.scale(gradDelta, scaling, gradM);
    }
}
