package org.lsradapt.lsr;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A frozen weight that is no array of its layer: Wᵀ [out, in] in FLOAT, also under DOUBLE activations. */
public record TransposedWeight(INDArray stored, DataType dataType) implements FrozenWeight {

    public static TransposedWeight of(INDArray weight, DataType dataType) {
        return new TransposedWeight(weight.transpose().dup('c').castTo(DataType.FLOAT), dataType);
    }

    @Override
    public int inFeatures() {
        return (int) stored.size(1);
    }

    @Override
    public int outFeatures() {
        return (int) stored.size(0);
    }

    @Override
    public long bytes() {
        return stored.length() * stored.dataType().width();
    }

    @Override
    public void multiply(Backend backend, INDArray x, double beta, INDArray y) {
        backend.gemm(x, false, stored.castTo(dataType), true, 1, beta, y);
    }

    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        backend.gemm(g, false, stored.castTo(dataType), false, 1, beta, x);
    }

    @Override
    public void copyTo(INDArray out) {
        out.assign(stored.transpose().castTo(out.dataType()));
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        return new TransposedWeight(Views.rows(stored, from, to), dataType);
    }
}
