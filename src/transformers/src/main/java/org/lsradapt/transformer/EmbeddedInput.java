package org.lsradapt.transformer;

import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the first hidden states from a model's input. For one thread. */
interface EmbeddedInput {

    /**
     * Computes the hidden states before the normalization of embeddings.
     *
     * @param batch the lane's share
     * @param out [tokens, width], overwritten
     */
    void forward(TokenBatch batch, INDArray out);

    /** Returns the implementation for a model. */
    static EmbeddedInput of(LaneTools tools) {
        Embeddings embeddings = tools.weights().model().embeddings();
        return embeddings instanceof Embeddings.Patches patches
                ? new EmbeddedPatches(patches, tools)
                : new EmbeddedTokens((Embeddings.Tokens) embeddings, tools);
    }
}
