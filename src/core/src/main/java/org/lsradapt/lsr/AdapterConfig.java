package org.lsradapt.lsr;

import java.util.Map;

/**
 * A kind of adapter with its settings for a layer; {@link LsrConfig} is one. A kind is this, the {@link StackShape}
 * and {@link AdapterStack} of its adapters, and a {@link LayerAdapter}. Immutable, with {@code equals}.
 */
public interface AdapterConfig {

    /** The kind's name, the same for all its configurations, such as {@code lsr}; in messages, and for files. */
    String kind();

    /** Seed of the initialization; with the layer's name it determines each adapter's parameters. */
    long seed();

    /** These settings with another seed. */
    AdapterConfig withSeed(long seed);

    /** The settings but for the seed in words for reports, in order: numbers, strings, booleans, or lists of them. */
    Map<String, Object> settings();

    /** The peak learning rate at which adapters of such settings did well; 1e-3 unless the kind says otherwise. */
    default double usualLearningRate() {
        return 1e-3;
    }

    /**
     * Checks these settings against a layer.
     *
     * @param layer the layer to adapt
     * @return the shape of its adapter, by which adapters are stacked
     * @throws IllegalArgumentException if the settings do not fit the layer's sizes; the message need not name it
     */
    StackShape shape(FrozenLinear layer);
}
