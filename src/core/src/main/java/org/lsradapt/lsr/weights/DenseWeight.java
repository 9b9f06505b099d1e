package org.lsradapt.lsr.weights;

import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen weight that is stored as an array.
 *
 * @param array W [in, out], FLOAT or DOUBLE, any matrix or view with one unit stride; kept by reference; written only
 *     by an in-place merge
 */
public record DenseWeight(INDArray array) implements FrozenWeight {

    /** Checks rank and type. */
    public DenseWeight {
        Require.realType("frozen weight", "W", array);
        Require.shape("frozen weight", "W", array, "[in, out]", -1, -1);
    }

    @Override
    public int inFeatures() {
        return (int) array.size(0);
    }

    @Override
    public int outFeatures() {
        return (int) array.size(1);
    }

    @Override
    public DataType dataType() {
        return array.dataType();
    }

    @Override
    public long bytes() {
        return array.length() * array.dataType().width();
    }

    @Override
    public void multiply(Backend backend, INDArray x, double beta, INDArray y) {
        backend.gemm(x, false, array, false, 1, beta, y);
    }

    @Override
    public void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x) {
        backend.gemm(g, false, array, true, 1, beta, x);
    }

    @Override
    public void addProduct(Backend backend, INDArray a, INDArray b, double alpha, INDArray out) {
        requireApart("merge", "merged", out);
        backend.addProduct(array, a, b, alpha, out);
    }

    @Override
    public void copyTo(INDArray out) {
        out.assign(array);
    }

    @Override
    public boolean hasElements() {
        return true;
    }

    @Override
    public void multiplyElements(Backend backend, INDArray x, INDArray out) {
        backend.multiplyElements(x, array, out);
    }

    @Override
    public INDArray addProduct(double[] a, double[] b, double alpha, DataType type) {
        return OnceRounded.addProduct(array, a, b, alpha, type);
    }

    @Override
    public void requireApart(String operation, String name, INDArray result) {
        Require.apart(operation, "the weight", array, name, result);
    }

    @Override
    public Optional<INDArray> writable() {
        return Optional.of(array);
    }

    @Override
    public FrozenWeight columns(long from, long to) {
        requireColumns(this, from, to);
        return new DenseWeight(Views.columns(array, from, to));
    }

    /** Checks a range of columns, since arrays would read beyond their end. */
    static void requireColumns(FrozenWeight weight, long from, long to) {
        Require.argument(
                0 <= from && from < to && to <= weight.outFeatures(),
                "columns %d to %d of a weight [%d, %d], expected 0 ≤ from < to ≤ %d",
                from,
                to,
                weight.inFeatures(),
                weight.outFeatures(),
                weight.outFeatures());
    }
}
