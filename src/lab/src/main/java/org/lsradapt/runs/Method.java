package org.lsradapt.runs;

import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;

/**
 * The adapters that a run trains in addition to the head.
 *
 * @param label its name in tables, such as {@code lsr}, {@code lora:2} or {@code krona}
 * @param adapters the adapters' configuration but for the seed; empty for the head alone
 * @param learningRate peak learning rate of the adapters, or of the head where that is all
 * @param headSteps how many steps the head is trained alone first, also where it is all that is trained
 * @param from the folder whose adapters are trained further; empty for fresh ones
 */
public record Method(
        String label, Optional<AdapterConfig> adapters, double learningRate, int headSteps, Optional<Path> from) {

    /** The head alone. */
    public static Method frozen(double headLearningRate) {
        return new Method("frozen", Optional.empty(), headLearningRate, 0, Optional.empty());
    }

    /** Adapters, without steps of the head first. */
    public static Method of(String label, AdapterConfig adapters, double learningRate) {
        return new Method(label, Optional.of(adapters), learningRate, 0, Optional.empty());
    }

    /**
     * The adapters of a folder, trained further, without steps of the head first.
     *
     * @param adapters the settings that they have there
     */
    public static Method from(String label, Path folder, AdapterConfig adapters, double learningRate) {
        return new Method(label, Optional.of(adapters), learningRate, 0, Optional.of(folder));
    }

    /** The same with so many steps of the head first. */
    public Method withHeadSteps(int steps) {
        return new Method(label, adapters, learningRate, steps, from);
    }
}
