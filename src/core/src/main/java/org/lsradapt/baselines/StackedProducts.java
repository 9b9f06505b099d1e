package org.lsradapt.baselines;

import java.util.List;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** L or R of all adapters of a stack: sums of Kronecker products of two parts, materialized in one call. */
final class StackedProducts implements AutoCloseable {
    private final FactorPart first;
    private final FactorPart second;
    private final List<INDArray> values;
    private final List<INDArray> gradients;
    /** [sums, rows of a sum, cols]. */
    private final INDArray dense;

    private final INDArray gradDense;
    private final int count;
    private final long from;

    /** Makes the products for n adapters, of n sums for ΔW, or n·s for terms that are kept apart, one below the other. */
    StackedProducts(
            int count, FactorPart first, FactorPart second, int sums, int terms, StackMemory memory, long denseFrom) {
        this.first = first;
        this.second = second;
        this.count = count;
        from = denseFrom;
        values = List.of(first.values(sums, terms), second.values(sums, terms));
        gradients = List.of(first.gradients(sums, terms), second.gradients(sums, terms));
        long rows = values.get(0).size(2) * values.get(1).size(2);
        long cols = values.get(0).size(3) * values.get(1).size(3);
        dense = Nd4j.zeros(memory.dataType(), sums, rows, cols);
        gradDense = memory.denseGradients().view(denseFrom, sums, rows, cols);
    }

    long cols() {
        return dense.size(2);
    }

    long rows() {
        return dense.length() / (count * cols());
    }

    /** An adapter's matrix as last materialized, a view. */
    INDArray matrix(int index) {
        return Views.piece(dense, index * rows() * cols(), rows(), cols());
    }

    /** The start of the gradient of an adapter's matrix in each lane's dense gradients. */
    long denseFrom(int index) {
        return from + index * rows() * cols();
    }

    void materialize(Backend backend) {
        first.spread(backend);
        second.spread(backend);
        backend.materialize(values, null, dense);
    }

    void materialize(Backend backend, int index) {
        first.spread(backend);
        second.spread(backend);
        backend.materialize(values.stream().map(all -> slice(all, index)).toList(), null, slice(dense, index));
    }

    private INDArray slice(INDArray all, int index) {
        long[] shape = all.shape().clone();
        shape[0] /= count;
        return Views.piece(all, index * (all.length() / count), shape);
    }

    void collectGradients(Backend backend) {
        backend.materializeGradient(values, null, gradDense, gradients, null);
        first.collect(backend);
        second.collect(backend);
    }

    @Override
    public void close() {
        dense.close();
        first.close();
        second.close();
    }
}
