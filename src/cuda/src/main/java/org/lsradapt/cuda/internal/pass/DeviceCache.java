package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Transformer;

/** The keys and values of one sequence's tokens in all layers of a causal model, FLOAT. */
final class DeviceCache implements AutoCloseable {
    private final Transformer model;
    private final Arena memory;
    private final long[] layers;
    private int capacity;
    private int tokens;

    /** Makes an empty cache; {@link #begin} allocates its memory. */
    DeviceCache(Device device, Transformer model) {
        this.model = model;
        memory = new Arena(device);
        layers = new long[model.blocks().size()];
    }

    /** The numbers per token's row: its keys, then its values. */
    static int width(Block block) {
        return 2 * block.attention().key().out();
    }

    static long bytes(Transformer model, int tokens) {
        return model.blocks().stream()
                .mapToLong(block -> Arena.rounded((long) Float.BYTES * tokens * width(block)))
                .sum();
    }

    /** Forgets all tokens, and makes room for {@code forTokens}. */
    void begin(int forTokens) {
        memory.reserve(bytes(model, forTokens));
        for (int i = 0; i < layers.length; i++) {
            layers[i] = memory.take(
                    (long) Float.BYTES * forTokens * width(model.blocks().get(i)));
        }
        capacity = forTokens;
        tokens = 0;
    }

    int capacity() {
        return capacity;
    }

    int tokens() {
        return tokens;
    }

    void clear() {
        tokens = 0;
    }

    /** Counts {@code count} more tokens, whose rows have been written. */
    void advance(int count) {
        tokens += count;
    }

    /** Address of a layer's rows. */
    long layer(int index) {
        return layers[index];
    }

    long bytes() {
        return memory.bytes();
    }

    /** Frees the memory; {@link #begin} allocates it again. */
    @Override
    public void close() {
        memory.close();
        capacity = 0;
        tokens = 0;
    }
}
