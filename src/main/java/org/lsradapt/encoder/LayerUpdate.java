package org.lsradapt.encoder;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What is added to one linear layer's product with its frozen weight. */
interface LayerUpdate extends AutoCloseable {

    /** Whether {@link #backward} collects gradients here. */
    default boolean trains() {
        return false;
    }

    /**
     * y ← y + c·x·A·B.
     *
     * @param rows where each sequence's rows begin in x and y, and at the end their number
     * @param x the layer's input [rows, in]
     * @param y the layer's product [rows, out]
     */
    void forward(int[] rows, INDArray x, INDArray y);

    /** Collects the gradients of A and B, and adds that of x unless it is null. */
    default void backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
        throw new IllegalStateException("backward: the pass was planned without adapters");
    }

    @Override
    default void close() {}
}
