package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The keys and values of one sequence's tokens in every layer of a causal model, so that only the next token must be
 * computed. For one thread at a time. Closing frees the native memory.
 */
public final class KeyValueCache implements AutoCloseable {
    private final int capacity;
    private final List<Layer> layers = new ArrayList<>();
    private int tokens;

    /** The keys and values of one layer [capacity, keyValueHeads·d]; positions are applied to the keys. */
    record Layer(INDArray keys, INDArray values) {}

    /**
     * Creates an empty cache.
     *
     * @param weights the model, which must be causal; not kept
     * @param capacity number of tokens to hold, at most the model's positions
     * @throws IllegalArgumentException if the model is not causal or has fewer positions
     */
    public KeyValueCache(TransformerWeights weights, int capacity) {
        Transformer model = weights.model();
        DataType type = weights.dataType();
        Require.argument(model.isCausal(), "key-value cache: the model is not causal, a token changes those before it");
        Require.argument(
                capacity >= 1 && capacity <= model.maxTokens(),
                "key-value cache: room for %d tokens, expected 1 to the model's %d",
                capacity,
                model.maxTokens());
        this.capacity = capacity;
        model.blocks().forEach(block -> {
            Attention attention = block.attention();
            layers.add(new Layer(
                    Nd4j.createUninitialized(
                            type, new long[] {capacity, attention.key().out()}, 'c'),
                    Nd4j.createUninitialized(
                            type, new long[] {capacity, attention.value().out()}, 'c')));
        });
    }

    /** The number of tokens that the cache has room for. */
    public int capacity() {
        return capacity;
    }

    /** The number of tokens that the cache holds. */
    public int tokens() {
        return tokens;
    }

    /** Forgets all tokens. */
    public void clear() {
        tokens = 0;
    }

    /** Counts more tokens, whose keys and values were put into every layer. */
    void advance(int count) {
        tokens += count;
    }

    Layer layer(int index) {
        return layers.get(index);
    }

    @Override
    public void close() {
        for (Layer layer : layers) {
            layer.keys.close();
            layer.values.close();
        }
        layers.clear();
    }
}
