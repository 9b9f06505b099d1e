package org.lsradapt.tasks.queries;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The identity as a frozen weight, without a matrix.
 *
 * @param dataType FLOAT or DOUBLE
 */
record IdentityWeight(int size, DataType dataType) implements FrozenWeight {

    @Override
    public int inFeatures() {
        return size;
    }

    @Override
    public int outFeatures() {
        return size;
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void multiply(Backend backend, INDArray x, double beta, INDArray y) {
        if (beta == 0) {
            y.assign(x);
        } else {
            y.muli(beta).addi(x);
        }
    }

    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        multiply(backend, g, beta, x);
    }

    @Override
    public void copyTo(INDArray out) {
        out.assign(0);
        for (int i = 0; i < size; i++) {
            out.putScalar(i, i, 1);
        }
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        INDArray all = Nd4j.createUninitialized(dataType, new long[] {size, size}, 'c');
        copyTo(all);
        return new DenseWeight(all).columns(from, to);
    }
}
