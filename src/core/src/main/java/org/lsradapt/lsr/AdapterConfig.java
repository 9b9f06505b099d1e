package org.lsradapt.lsr;

import java.util.Map;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The settings of one kind of adapter for a layer, such as {@link LsrConfig}. A kind consists of this, the
 * {@link StackShape} and {@link AdapterStack} of its adapters, and a {@link LayerAdapter}. Immutable, with
 * {@code equals}.
 */
public interface AdapterConfig {

    /** The kind's name for messages and files, such as {@code lsr}; the same for all configurations of a kind. */
    String kind();

    /** The kind's name for users, who distinguish plain LoRA, {@code lora}, from {@code lsr}. */
    default String label() {
        return kind();
    }

    /** Seed of the initialization; with the layer's name it determines each adapter's parameters. */
    long seed();

    /** These settings with another seed. */
    AdapterConfig withSeed(long seed);

    /** All settings except the seed, named for reports, in order: numbers, strings, booleans, or lists of them. */
    Map<String, Object> settings();

    /** The peak learning rate that worked well with such settings; 1e-3 unless the kind overrides it. */
    default double usualLearningRate() {
        return 1e-3;
    }

    /**
     * Checks these settings against a layer.
     *
     * @return the shape of its adapter, by which adapters are stacked
     * @throws IllegalArgumentException if the settings do not fit the layer's sizes; the message need not name it
     */
    StackShape shape(FrozenLinear layer);
}
