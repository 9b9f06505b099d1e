package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through an encoder, forward and, if asked to train, backward, in memory that it keeps from batch to batch.
 * For one thread at a time. The adapters' dense matrices are read as they are: {@link AdapterSet#materialize} is the
 * caller's to call after their parameters changed.
 */
public final class EncoderPass implements AutoCloseable {

    /** What a pass computes. */
    public enum Output {
        /** The hidden states of all tokens, [tokens, hidden]. */
        ALL_TOKENS,
        /** The hidden state of each sequence's first token, [sequences, hidden], which is what a head reads. */
        FIRST_TOKENS
    }

    private final EncoderWeights weights;
    private final Backend backend;
    private final EncoderKernels kernels;
    private final LayerScratch scratch;
    private final Buffer embedded;
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final INDArray[] inputs;
    private final int lowestAdapted;

    /**
     * Plans a pass.
     *
     * @param weights the encoder; kept
     * @param adapters the adapters of its linear layers, or null; kept
     * @param backend the matrix products
     * @param kernels all else
     * @param output what to compute
     * @param trains whether {@link #backward} will be called
     */
    public EncoderPass(
            EncoderWeights weights,
            AdapterSet adapters,
            Backend backend,
            EncoderKernels kernels,
            Output output,
            boolean trains) {
        this.weights = weights;
        this.kernels = kernels;
        EncoderConfig config = weights.config();
        DataType type = weights.dataType();
        this.backend = backend;
        scratch = new LayerScratch(config, type);
        embedded = new Buffer(type, config.hidden());
        inputs = new INDArray[config.layers() + 1];
        lowestAdapted = lowestAdapted(weights, adapters);
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new EncoderLayer(
                    i,
                    weights.layers.get(i),
                    config,
                    type,
                    backend,
                    kernels,
                    adapters,
                    scratch,
                    output == Output.FIRST_TOKENS && i == config.layers() - 1,
                    trains && i >= lowestAdapted));
        }
    }

    private static int lowestAdapted(EncoderWeights weights, AdapterSet adapters) {
        for (int i = 0; i < weights.layers.size(); i++) {
            if (EncoderLayer.hasAdapter(weights.layers.get(i), adapters)) {
                return i;
            }
        }
        return weights.layers.size();
    }

    /**
     * Computes hidden states.
     *
     * @param batch the tokens
     * @return [tokens, hidden] or [sequences, hidden], as planned; memory of this pass, valid until its next call
     */
    public INDArray forward(TokenBatch batch) {
        try (Backend.Pass scope = backend.openPass()) {
            INDArray x = embedded.rows(batch.tokens());
            kernels.embed(
                    new INDArray[] {weights.wordEmbeddings, weights.positionEmbeddings, weights.typeEmbeddings},
                    new int[][] {batch.ids(), batch.positions(), batch.typeIds()},
                    x);
            kernels.addNormalize(
                    x,
                    null,
                    null,
                    weights.embeddingGamma,
                    weights.embeddingBeta,
                    weights.config().layerNormEpsilon(),
                    x,
                    null,
                    null);
            inputs[0] = x;
            for (int i = 0; i < layers.size(); i++) {
                inputs[i + 1] = layers.get(i).forward(batch, inputs[i]);
            }
            return inputs[layers.size()];
        }
    }

    /**
     * Collects the adapters' gradients of the last {@link #forward}.
     *
     * @param batch the batch of that call
     * @param gradient ∂L/∂output, shaped as its result; overwritten
     */
    public void backward(TokenBatch batch, INDArray gradient) {
        try (Backend.Pass scope = backend.openPass()) {
            INDArray grad = gradient;
            for (int i = layers.size() - 1; i >= lowestAdapted; i--) {
                grad = layers.get(i).backward(batch, inputs[i], grad, i > lowestAdapted);
            }
        }
    }

    @Override
    public void close() {
        layers.forEach(EncoderLayer::close);
        scratch.close();
        embedded.close();
    }
}
