package org.lsradapt.lsr;

import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradients of the matrices that a set's adapters multiply by (the dense A and B of an {@link LsrAdapter}), as one
 * thread collects them over its share of a batch; see {@link AdapterSet#denseGradients}. For one thread at a time,
 * which is not checked: each thread has its own lane. The set owns the memory.
 */
public final class DenseGradients {
    private final INDArray vector;

    DenseGradients(DataType type, long length) {
        vector = Nd4j.zeros(type, length);
    }

    INDArray vector() {
        return vector;
    }

    /**
     * A part of the gradients as an array, for a kind's adapters.
     *
     * @param from first element, see {@link StackMemory#denseFrom}
     * @param shape the array's shape
     * @return a 'c' ordered view
     */
    public INDArray view(long from, long... shape) {
        return Views.piece(vector, from, shape);
    }

    /**
     * The gradient of an adapter's A.
     *
     * @param adapter an adapter of the set
     * @return [in, r], a view
     */
    public INDArray a(LsrAdapter adapter) {
        return view(
                adapter.denseFromA(),
                adapter.layer().inFeatures(),
                adapter.config().bottleneckRank());
    }

    /**
     * The gradient of an adapter's B.
     *
     * @param adapter an adapter of the set
     * @return [r, out], a view
     */
    public INDArray b(LsrAdapter adapter) {
        return view(
                adapter.denseFromB(),
                adapter.config().bottleneckRank(),
                adapter.layer().outFeatures());
    }
}
