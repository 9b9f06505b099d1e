package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
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
    private record Layer(INDArray keys, INDArray values) {}

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

    /** The bytes that the keys and values of tokens take. */
    public static long bytes(TransformerWeights weights, int tokens) {
        return weights.model().blocks().stream()
                .map(Block::attention)
                .mapToLong(attention ->
                        (long) attention.key().out() + attention.value().out())
                .map(numbers -> numbers * tokens * weights.dataType().width())
                .sum();
    }

    static INDArray[] keys(List<KeyValueCache> caches, int layer) {
        INDArray[] keys = new INDArray[caches.size()];
        Arrays.setAll(keys, i -> caches.get(i).layers.get(layer).keys);
        return keys;
    }

    static INDArray[] values(List<KeyValueCache> caches, int layer) {
        INDArray[] values = new INDArray[caches.size()];
        Arrays.setAll(values, i -> caches.get(i).layers.get(layer).values);
        return values;
    }

    static int[] counts(List<KeyValueCache> caches) {
        return caches.stream().mapToInt(KeyValueCache::tokens).toArray();
    }

    /** Appends some of another cache's tokens, which follow those of this one. */
    void append(KeyValueCache other, int from, int to) {
        for (int i = 0; i < layers.size(); i++) {
            Layer source = other.layers.get(i);
            copy(source.keys, layers.get(i).keys, from, to);
            copy(source.values, layers.get(i).values, from, to);
        }
        advance(to - from);
    }

    private void copy(INDArray source, INDArray target, int from, int to) {
        Views.rows(target, tokens, tokens + to - from).assign(Views.rows(source, from, to));
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
