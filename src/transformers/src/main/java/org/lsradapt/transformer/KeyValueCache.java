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
 * The keys and values of one sequence's tokens so far, of every layer of a causal model, so that the next token costs
 * no more than itself. For one thread at a time. Closing frees the native memory.
 */
public final class KeyValueCache implements AutoCloseable {
    private final int capacity;
    private final List<Layer> layers = new ArrayList<>();
    private int tokens;

    /**
     * One layer's.
     *
     * @param keys [capacity, keyValueHeads·d], positions applied
     * @param values [capacity, keyValueHeads·d]
     */
    record Layer(INDArray keys, INDArray values) {}

    /**
     * An empty cache.
     *
     * @param weights the model, which must be causal; not kept
     * @param capacity for how many tokens, at most those that the model has positions for
     * @throws IllegalArgumentException if the model is not causal or has no positions for so many tokens
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

    /** For how many tokens there is room. */
    public int capacity() {
        return capacity;
    }

    /** How many tokens it holds. */
    public int tokens() {
        return tokens;
    }

    /** Forgets all tokens. */
    public void clear() {
        tokens = 0;
    }

    /** Says that the keys and values of so many more tokens were put into every layer. */
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
