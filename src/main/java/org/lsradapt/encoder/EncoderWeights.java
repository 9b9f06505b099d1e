package org.lsradapt.encoder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The frozen weights of an encoder, never written after loading. Query, key and value of a layer lie side by side in one
 * array [hidden, 3·hidden], so that one product computes the three; {@link #linearLayers} shows them as views under their
 * own names. Closing frees the native memory.
 */
public final class EncoderWeights implements AutoCloseable {
    final INDArray wordEmbeddings;
    final INDArray positionEmbeddings;
    final INDArray typeEmbeddings;
    final INDArray embeddingGamma;
    final INDArray embeddingBeta;
    final List<Layer> layers;
    /** Weight [hidden, hidden] and bias of the pooler; null where the source has none. */
    final INDArray poolerWeight;

    final INDArray poolerBias;
    private final EncoderConfig config;
    private final DataType type;
    private final List<INDArray> owned = new ArrayList<>();

    /** One encoder layer's weights, in the names of the paper "Attention is all you need" and of this library. */
    record Layer(
            String name,
            INDArray queryKeyValue,
            INDArray queryKeyValueBias,
            INDArray attentionOutput,
            INDArray attentionOutputBias,
            INDArray attentionGamma,
            INDArray attentionBeta,
            INDArray intermediate,
            INDArray intermediateBias,
            INDArray output,
            INDArray outputBias,
            INDArray outputGamma,
            INDArray outputBeta) {}

    /**
     * Loads an encoder.
     *
     * @param config the sizes
     * @param source the weights
     * @param type FLOAT, or DOUBLE for checks
     * @throws IOException if the source fails or lacks a weight
     * @throws IllegalArgumentException if a weight's shape does not fit the sizes; the message names it
     */
    public EncoderWeights(EncoderConfig config, WeightSource source, DataType type) throws IOException {
        this.config = config;
        this.type = type;
        Loader loader = new Loader(source);
        int h = config.hidden();
        wordEmbeddings = loader.read("embeddings.word_embeddings.weight", config.vocabulary(), h);
        positionEmbeddings = loader.read("embeddings.position_embeddings.weight", config.positions(), h);
        typeEmbeddings = loader.read("embeddings.token_type_embeddings.weight", config.tokenTypes(), h);
        embeddingGamma = loader.read("embeddings.LayerNorm.weight", h);
        embeddingBeta = loader.read("embeddings.LayerNorm.bias", h);
        List<Layer> read = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            read.add(loader.layer("encoder.layer." + i, h, config.intermediate()));
        }
        layers = List.copyOf(read);
        boolean pooler = source.has("pooler.dense.weight");
        poolerWeight = pooler ? loader.read("pooler.dense.weight", h, h) : null;
        poolerBias = pooler ? loader.read("pooler.dense.bias", h) : null;
    }

    /** The encoder's sizes. */
    public EncoderConfig config() {
        return config;
    }

    /** The type of all weights. */
    public DataType dataType() {
        return type;
    }

    /**
     * The layers that can be adapted, by their Hugging Face names ({@code encoder.layer.0.attention.self.query} …), as
     * views of the weights.
     */
    public List<FrozenLinear> linearLayers() {
        List<FrozenLinear> linear = new ArrayList<>();
        long h = config.hidden();
        for (Layer layer : layers) {
            String[] parts = {"query", "key", "value"};
            for (int i = 0; i < parts.length; i++) {
                linear.add(new FrozenLinear(
                        layer.name() + ".attention.self." + parts[i],
                        Views.columns(layer.queryKeyValue(), i * h, (i + 1) * h),
                        Views.piece(layer.queryKeyValueBias(), i * h, h)));
            }
            linear.add(new FrozenLinear(
                    layer.name() + ".attention.output.dense", layer.attentionOutput(), layer.attentionOutputBias()));
            linear.add(new FrozenLinear(
                    layer.name() + ".intermediate.dense", layer.intermediate(), layer.intermediateBias()));
            linear.add(new FrozenLinear(layer.name() + ".output.dense", layer.output(), layer.outputBias()));
        }
        return linear;
    }

    @Override
    public void close() {
        for (INDArray array : owned) {
            if (!array.wasClosed()) {
                array.close();
            }
        }
    }

    private final class Loader {
        private final WeightSource source;

        Loader(WeightSource source) {
            this.source = source;
        }

        INDArray read(String name, long... shape) throws IOException {
            INDArray array = source.read(name);
            Require.shape("encoder weights", name, array, "the model's config", shape);
            INDArray typed = array.dataType() == type ? array : array.castTo(type);
            if (typed != array) {
                array.close();
            }
            owned.add(typed);
            return typed;
        }

        Layer layer(String name, long h, long intermediate) throws IOException {
            INDArray weight = Nd4j.createUninitialized(type, new long[] {h, 3 * h}, 'c');
            INDArray bias = Nd4j.createUninitialized(type, 3 * h);
            owned.add(weight);
            owned.add(bias);
            String[] parts = {"query", "key", "value"};
            for (int i = 0; i < parts.length; i++) {
                String part = name + ".attention.self." + parts[i];
                move(read(part + ".weight", h, h), Views.columns(weight, i * h, (i + 1) * h));
                move(read(part + ".bias", h), Views.piece(bias, i * h, h));
            }
            return new Layer(
                    name,
                    weight,
                    bias,
                    read(name + ".attention.output.dense.weight", h, h),
                    read(name + ".attention.output.dense.bias", h),
                    read(name + ".attention.output.LayerNorm.weight", h),
                    read(name + ".attention.output.LayerNorm.bias", h),
                    read(name + ".intermediate.dense.weight", h, intermediate),
                    read(name + ".intermediate.dense.bias", intermediate),
                    read(name + ".output.dense.weight", intermediate, h),
                    read(name + ".output.dense.bias", h),
                    read(name + ".output.LayerNorm.weight", h),
                    read(name + ".output.LayerNorm.bias", h));
        }

        private void move(INDArray from, INDArray to) {
            to.assign(from);
            owned.remove(owned.size() - 1);
            from.close();
        }
    }
}
