package org.lsradapt.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through a model, forward and, if opened for training, backward. {@link TransformerPass} runs in this
 * process; a {@link PassFactory} opens other implementations. For one thread at a time.
 */
public interface ModelPass extends AutoCloseable {

    /** Begins a step, which discards gradients collected before. */
    default void beginStep() {}

    /** Computes the wanted rows [rows, width] of hidden states; memory of this pass, valid until its next call. */
    INDArray forward(TokenBatch batch);

    /** Collects the adapters' gradients of the last {@link #forward}, of ∂L/∂output in the shape of its result; overwritten. */
    void backward(TokenBatch batch, INDArray gradient);

    /**
     * Ends a step, after {@link org.lsradapt.lsr.AdapterSet#collectGradients}: adds the gradients that the pass
     * collected elsewhere to those of the adapters' parameters.
     */
    default void endStep() {}

    @Override
    void close();
}
