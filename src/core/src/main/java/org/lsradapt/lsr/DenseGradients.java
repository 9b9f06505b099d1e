package org.lsradapt.lsr;

import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradients of what the adapters of a set multiply by (the dense A and B of an {@link LsrAdapter}), as one thread
 * collects them over its share of a batch; see {@link AdapterSet#denseGradients}. For one thread at a time, which is
 * not noticed: a lane each. Its memory is the set's.
 */
public final class DenseGradients {
    private final INDArray vector;

    DenseGradients(DataType type, long length) {
        vector = Nd4j.zeros(type, length);
    }

    /** All of them, one vector. */
    INDArray vector() {
        return vector;
    }

    /**
     * Some of them as an array, for a kind's adapters.
     *
     * @param from where it begins, see {@link StackMemory#denseFrom}
     * @param shape its shape
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
