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

    /** A part of the gradients as a 'c' ordered view, for a kind's adapters, from {@link StackMemory#denseFrom} on. */
    public INDArray view(long from, long... shape) {
        return Views.piece(vector, from, shape);
    }
}
