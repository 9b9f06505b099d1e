package org.lsradapt.runs;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.finetuning.validation.Tuning;
import org.lsradapt.lsr.AdapterConfig;

/**
 * A method of a run: the adapters that it trains in addition to the head.
 *
 * @param label its name in tables, such as {@code lsr}, {@code lora:2} or {@code krona}
 * @param adapters the adapters' configuration; its seed is not used; empty for the head alone
 * @param learningRate peak learning rate of the adapters, or of the head if there are none
 * @param headSteps the number of steps that train the head alone first, also if only the head is trained
 * @param from the folder whose adapters are trained further; empty for new ones
 * @param epochs the number of epochs, if it is not that of the run
 */
public record Method(
        String label,
        Optional<AdapterConfig> adapters,
        double learningRate,
        int headSteps,
        Optional<Path> from,
        OptionalInt epochs) {

    /** Creates a method with the epochs of the run. */
    public Method(
            String label, Optional<AdapterConfig> adapters, double learningRate, int headSteps, Optional<Path> from) {
        this(label, adapters, learningRate, headSteps, from, OptionalInt.empty());
    }

    /** Returns the method that trains the head alone. */
    public static Method frozen(double headLearningRate) {
        return new Method("frozen", Optional.empty(), headLearningRate, 0, Optional.empty());
    }

    /** Returns a method with new adapters, without steps of the head alone. */
    public static Method of(String label, AdapterConfig adapters, double learningRate) {
        return new Method(label, Optional.of(adapters), learningRate, 0, Optional.empty());
    }

    /** Returns a method that trains the adapters of a folder further, with their configuration, without steps of the head alone. */
    public static Method from(String label, Path folder, AdapterConfig adapters, double learningRate) {
        return new Method(label, Optional.of(adapters), learningRate, 0, Optional.of(folder));
    }

    /** Returns a copy with the given number of steps of the head alone. */
    public Method withHeadSteps(int steps) {
        return new Method(label, adapters, learningRate, steps, from, epochs);
    }

    /** Returns a copy with the settings of a search's best training. */
    Method like(Tuning.Choice best) {
        return with(best.rate(), best.epochs());
    }

    /** Returns a copy with another rate and its own number of epochs. */
    Method with(double rate, int passes) {
        return new Method(label, adapters, rate, headSteps, from, OptionalInt.of(passes));
    }
}
