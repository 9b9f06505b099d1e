package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One thread's way through an encoder: forward and, if asked to train, backward, over its share of each batch, in memory
 * that it keeps from batch to batch.
 */
final class EncoderLane implements AutoCloseable {
    private final EncoderWeights weights;
    private final EncoderKernels kernels;
    private final LayerScratch scratch;
    private final Buffer embedded;
    private final List<EncoderLayer> layers = new ArrayList<>();
    private final SequenceUpdates ownUpdates;
    private final INDArray[] inputs;
    private final int lowestAdapted;

    /**
     * Plans a lane.
     *
     * @param weights the encoder
     * @param adapters the adapters of its linear layers, or null
     * @param backend the matrix products
     * @param kernels all else
     * @param firstTokensOnly whether the last layer computes each sequence's first token alone
     * @param trains whether {@link #backward} will be called
     * @param lane which of the set's {@link AdapterSet#denseGradients} collects this lane's gradients
     */
    EncoderLane(
            EncoderWeights weights,
            AdapterSet adapters,
            Backend backend,
            EncoderKernels kernels,
            boolean firstTokensOnly,
            boolean trains,
            int lane) {
        this.weights = weights;
        this.kernels = kernels;
        EncoderConfig config = weights.config();
        DataType type = weights.dataType();
        scratch = new LayerScratch(config, type);
        embedded = new Buffer(type, config.hidden());
        inputs = new INDArray[config.layers() + 1];
        lowestAdapted = lowestAdapted(weights, adapters);
        ownUpdates = new SequenceUpdates(backend, type);
        Function<String, LayerUpdate> updates =
                adapters == null ? ownUpdates::of : name -> Adapted.of(adapters, name, lane);
        for (int i = 0; i < config.layers(); i++) {
            layers.add(new EncoderLayer(
                    i,
                    weights.layers.get(i),
                    config,
                    type,
                    backend,
                    kernels,
                    updates,
                    scratch,
                    firstTokensOnly && i == config.layers() - 1,
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
     * @param batch the lane's share
     * @param updates each sequence's own updates, null for none; read only by a lane without adapters
     * @return [tokens, hidden] or [sequences, hidden], as planned; memory of this lane, valid until its next call
     */
    INDArray forward(TokenBatch batch, List<DenseUpdates> updates) {
        ownUpdates.use(updates);
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

    /**
     * Collects the adapters' gradients of the last {@link #forward}.
     *
     * @param batch the batch of that call
     * @param gradient ∂L/∂output, shaped as its result; overwritten
     */
    void backward(TokenBatch batch, INDArray gradient) {
        INDArray grad = gradient;
        for (int i = layers.size() - 1; i >= lowestAdapted; i--) {
            grad = layers.get(i).backward(batch, inputs[i], grad, i > lowestAdapted);
        }
    }

    @Override
    public void close() {
        layers.forEach(EncoderLayer::close);
        ownUpdates.close();
        scratch.close();
        embedded.close();
    }
}
