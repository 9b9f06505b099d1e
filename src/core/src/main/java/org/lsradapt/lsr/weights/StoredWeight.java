package org.lsradapt.lsr.weights;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen weight in 32 or 16 bits or in blocks of fewer: its elements are those of W, rounded once when it was stored.
 * Products take and give FLOAT; {@link Backend#gemmStored} says what the backend rounds. An in-place merge cannot
 * write it.
 *
 * @param transposed Wᵀ [out, in], as in model files; kept by reference
 */
public record StoredWeight(StoredMatrix transposed) implements FrozenWeight {

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
        backend.gemmStored(x, transposed, true, beta, y);
    }

    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        backend.gemmStored(g, transposed, false, beta, x);
    }

    @Override
    public void multiplyAndAdd(Backend backend, INDArray x, INDArray bias, INDArray y) {
        backend.gemmStoredBiased(x, transposed, bias, y);
    }

    @Override
    public boolean takesBfloat16(Backend backend) {
        return backend.takesBfloat16(transposed);
    }

    @Override
    public void multiplyTransposedTimes(Backend backend, INDArray g, INDArray factor, INDArray x) {
        backend.gemmStoredTimes(g, transposed, factor, x);
    }

    @Override
    public void copyTo(INDArray out) {
        int in = inFeatures();
        int rows = Math.max(1, Math.min(outFeatures(), (1 << 20) / in));
        float[] numbers = new float[rows * in];
        for (int from = 0; from < outFeatures(); from += rows) {
            int to = Math.min(outFeatures(), from + rows);
            for (int row = from; row < to; row++) {
                transposed.widen(row, 0, in, numbers, (row - from) * in);
            }
            try (INDArray tile = Nd4j.create(numbers, new long[] {rows, in}, 'c')) {
                INDArray some = to - from == rows ? tile : Views.rows(tile, 0, to - from);
                Views.columns(out, from, to).assign(some.permute(1, 0));
            }
        }
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        DenseWeight.requireColumns(this, from, to);
        return new StoredWeight(transposed.rows((int) from, (int) to));
    }
}
