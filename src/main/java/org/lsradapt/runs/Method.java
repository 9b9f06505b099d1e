package org.lsradapt.runs;

import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;

/**
 * What a run trains beside the head.
 *
 * @param label its name in tables, such as {@code lsr}, {@code lora:2} or {@code krona}
 * @param adapters the adapters' configuration but for the seed; empty for the head alone
 * @param learningRate peak learning rate of the adapters, or of the head where that is all
 */
public record Method(String label, Optional<AdapterConfig> adapters, double learningRate) {

    /** The head alone. */
    public static Method frozen(double headLearningRate) {
        return new Method("frozen", Optional.empty(), headLearningRate);
    }

    /** Adapters. */
    public static Method of(String label, AdapterConfig adapters, double learningRate) {
        return new Method(label, Optional.of(adapters), learningRate);
    }
}
