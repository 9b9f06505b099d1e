package org.lsradapt.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through a model, forward and, if it was opened to train, backward. {@link TransformerPass} does so in this
 * process; a {@link PassFactory} opens others. For one thread at a time.
 */
public interface ModelPass extends AutoCloseable {

    /** Begins a step: gradients that were collected before count no more. */
    default void beginStep() {}

    /**
     * Computes hidden states.
     *
     * @param batch the tokens, and which rows are wanted
     * @return [wanted rows, width]; memory of this pass, valid until its next call
     */
    INDArray forward(TokenBatch batch);

    /**
     * Collects the adapters' gradients of the last {@link #forward}.
     *
     * @param batch the batch of that call
     * @param gradient ∂L/∂output, shaped as its result; overwritten
     */
    void backward(TokenBatch batch, INDArray gradient);

    /**
     * Ends a step, after {@link org.lsradapt.lsr.AdapterSet#collectGradients}: adds to the gradients of the adapters' parameters
     * what the pass collected elsewhere.
     */
    default void endStep() {}

    @Override
    void close();
}
