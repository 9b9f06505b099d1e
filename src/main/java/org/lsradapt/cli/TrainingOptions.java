package org.lsradapt.cli;

import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that say how to train. */
final class TrainingOptions {

    @Option(names = "--methods", split = ",", paramLabel = "METHOD",
            description = "What to train, in this order: frozen (the head alone), lora, lsr.")
    private List<String> methods = Defaults.METHODS;

    @Option(names = "--seed", split = ",", paramLabel = "SEED", description = "Seeds, each for all methods.")
    private List<Long> seeds = Defaults.SEEDS;

    @Option(names = "--epochs", paramLabel = "N", showDefaultValue = Visibility.NEVER,
            description = "Passes over the training examples. Default: 6 for wordnet, else 5.")
    private Integer epochs;

    @Option(names = "--lr", paramLabel = "RATE", description = "Peak learning rate of LSR adapters.")
    double lsrRate = Defaults.LSR_RATE;

    @Option(names = "--lora-lr", paramLabel = "RATE", description = "Peak learning rate of LoRA adapters.")
    double loraRate = Defaults.LORA_RATE;

    @Option(names = "--head-lr", paramLabel = "RATE", description = "Peak learning rate of the head.")
    double headRate = Defaults.HEAD_RATE;

    @Option(names = "--batch", paramLabel = "N", description = "Examples per step.")
    int batch = Defaults.BATCH;

    @Option(names = "--max-length", paramLabel = "N", description = "Longest input in tokens; longer ones are cut.")
    int maxLength = Defaults.MAX_LENGTH;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Decoupled weight decay.")
    double weightDecay = Defaults.WEIGHT_DECAY;

    @Option(names = "--warmup", paramLabel = "FRACTION",
            description = "Fraction of all steps over which the learning rate rises.")
    double warmUp = Defaults.WARM_UP;

    @Option(names = "--clip", paramLabel = "NORM", description = "Largest norm of a step's gradient.")
    double clip = Defaults.CLIP;

    List<Method> methods() {
        return distinct("--methods", methods).stream().map(Method::named).toList();
    }

    List<Long> seeds() {
        return distinct("--seed", seeds);
    }

    int epochs(String task) {
        return epochs == null ? Defaults.epochs(task) : epochs;
    }

    private static <T> List<T> distinct(String option, List<T> values) {
        if (values.stream().distinct().count() < values.size()) {
            throw new IllegalArgumentException(option + " " + values + ": expected each value once");
        }
        return List.copyOf(values);
    }
}
