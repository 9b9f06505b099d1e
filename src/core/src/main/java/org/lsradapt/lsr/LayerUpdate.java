package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One use of a linear layer in a model, as an adapter sees it: it adds to the product with the frozen weight. A layer
 * that a model uses twice has two of these, each with its own memory.
 *
 * <p>For one thread at a time. Closing frees the memory of this use, not the adapter.
 */
public interface LayerUpdate extends AutoCloseable {

    /** An update that adds nothing and trains nothing. */
    LayerUpdate NONE = new LayerUpdate() {
        @Override
        public boolean isNone() {
            return true;
        }

        @Override
        public void forward(int[] rows, INDArray x, INDArray y) {}

        @Override
        public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {}
    };

    /** Whether {@link #backward} collects gradients. */
    default boolean trains() {
        return false;
    }

    /** Whether the next passes neither read x nor add anything. */
    default boolean isNone() {
        return false;
    }

    /**
     * y ← y + x·ΔW.
     *
     * @param rows the first row of each sequence in x and y, and finally the number of rows
     * @param x the layer's input [rows, in]; not modified
     * @param y the layer's product [rows, out], to which the update is added; may be a block of columns
     */
    void forward(int[] rows, INDArray x, INDArray y);

    /**
     * The key of a sequence's update. If two sequences have the same key, rows that belong to the model and not to a
     * sequence have the same update for both.
     *
     * @param sequence index of the sequence in the batch
     * @return an object whose identity tells updates apart
     */
    default Object variant(int sequence) {
        return this;
    }

    /**
     * Adds the update of one sequence, as {@link #forward} does, for rows that belong to the model and not to a
     * sequence.
     *
     * @param sequence index of the sequence in the batch
     * @param x [rows, in]; not modified
     * @param y [rows, out], added to
     */
    default void forwardShared(int sequence, INDArray x, INDArray y) {
        forward(new int[] {0, (int) x.size(0)}, x, y);
    }

    /**
     * Collects the gradients of the last {@link #forward} and adds the gradient with respect to x.
     *
     * @param gradOutput ∂L/∂y [rows, out]
     * @param gradInput ∂L/∂x [rows, in], added to; null to leave it out
     */
    default void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        throw new IllegalStateException("backward: the update does not train, expected a pass that was planned to");
    }

    @Override
    default void close() {}
}
