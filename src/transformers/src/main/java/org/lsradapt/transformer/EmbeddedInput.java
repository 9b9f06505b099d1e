package org.lsradapt.transformer;

import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the first hidden states from a model's input. For one thread. */
interface EmbeddedInput {

    /** Computes the hidden states [tokens, width] before the normalization of embeddings, into {@code out}. */
    void forward(TokenBatch batch, INDArray out);

    static EmbeddedInput of(LaneTools tools) {
        Embeddings embeddings = tools.weights().model().embeddings();
        return embeddings instanceof Embeddings.Patches patches
                ? new EmbeddedPatches(patches, tools)
                : new EmbeddedTokens((Embeddings.Tokens) embeddings, tools);
    }
}
