package org.lsradapt.transformer;

import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One thread's way from what a model reads to the first hidden states. */
interface EmbeddedInput {

    /**
     * Computes them, before the normalization of embeddings.
     *
     * @param batch the lane's share
     * @param out [tokens, width], overwritten
     */
    void forward(TokenBatch batch, INDArray out);

    /** The way of a model. */
    static EmbeddedInput of(TransformerWeights weights, Backend backend, Kernels kernels, MemoryPlan plan) {
        Embeddings embeddings = weights.model().embeddings();
        return embeddings instanceof Embeddings.Patches patches
                ? new EmbeddedPatches(patches, weights, backend, kernels, plan)
                : new EmbeddedTokens((Embeddings.Tokens) embeddings, weights, backend, kernels, plan);
    }
}
