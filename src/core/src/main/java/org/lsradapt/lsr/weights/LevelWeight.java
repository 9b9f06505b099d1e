package org.lsradapt.lsr.weights;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen weight in bytes with a scale per column, for inference: {@link #multiply} also rounds the activations to
 * bytes ({@link Backend#gemmLevels}). It has no gradient.
 *
 * @param transposed Wᵀ [out, in]; kept by reference
 */
public record LevelWeight(ByteLevels transposed) implements FrozenWeight {

    @Override
    public int inFeatures() {
        return transposed.columns();
    }

    @Override
    public int outFeatures() {
        return transposed.rows();
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT;
    }

    @Override
    public long bytes() {
        return transposed.bytes();
    }

    @Override
    public void multiply(Backend backend, INDArray x, double beta, INDArray y) {
        backend.gemmLevels(x, transposed, beta, y);
    }

    /** Unsupported: the weight has no gradient. */
    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        throw new UnsupportedOperationException(
                "gradient through a weight in bytes: such weights are for inference, expected another precision of the"
                        + " base model");
    }

    @Override
    public void copyTo(INDArray out) {
        int in = inFeatures();
        float[] numbers = new float[in];
        for (int column = 0; column < outFeatures(); column++) {
            transposed.levels(column, numbers, 0);
            float scale = transposed.scale(column);
            for (int i = 0; i < in; i++) {
                numbers[i] *= scale;
            }
            try (INDArray values = Nd4j.create(numbers, new long[] {in, 1}, 'c')) {
                Views.columns(out, column, column + 1).assign(values);
            }
        }
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        DenseWeight.requireColumns(this, from, to);
        return new LevelWeight(transposed.rows((int) from, (int) to));
    }
}
