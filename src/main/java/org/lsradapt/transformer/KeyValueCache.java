package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.backend.Views;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The keys and values of one sequence's tokens so far, of every layer of a causal model. For one thread at a time. */
final class KeyValueCache implements AutoCloseable {
    private final int capacity;
    private final List<Layer> layers = new ArrayList<>();
    private int tokens;

    /**
     * One layer's.
     *
     * @param keys [capacity, keyValueHeads·d], positions applied
     * @param values [capacity, keyValueHeads·d]
     */
    record Layer(INDArray keys, INDArray values) {

        /** The keys of the first tokens; a view. */
        INDArray keys(int tokens) {
            return Views.rows(keys, 0, tokens);
        }

        /** The values of the first tokens; a view. */
        INDArray values(int tokens) {
            return Views.rows(values, 0, tokens);
        }

        /** Puts the keys and values of tokens behind those of {@code past} others. */
        void put(int past, INDArray newKeys, INDArray newValues) {
            Views.rows(keys, past, past + newKeys.size(0)).assign(newKeys);
            Views.rows(values, past, past + newValues.size(0)).assign(newValues);
        }
    }

    KeyValueCache(Transformer model, DataType type, int capacity) {
        this.capacity = capacity;
        model.blocks().forEach(block -> {
            Attention attention = block.attention();
            layers.add(new Layer(
                    Nd4j.createUninitialized(type, new long[] {capacity, attention.key().out()}, 'c'),
                    Nd4j.createUninitialized(type, new long[] {capacity, attention.value().out()}, 'c')));
        });
    }

    /** For how many tokens there is room. */
    int capacity() {
        return capacity;
    }

    /** How many tokens it holds. */
    int tokens() {
        return tokens;
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
