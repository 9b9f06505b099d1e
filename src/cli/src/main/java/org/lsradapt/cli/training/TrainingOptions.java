package org.lsradapt.cli.training;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.training.settings.TrainingConfig;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

final class TrainingOptions {
    private static final TrainingConfig DEFAULTS = TrainingConfig.defaults();
    private static final String NONE = "none";
    private static final String BALANCED = "balanced";

    @Option(
            names = "--seed",
            split = ",",
            paramLabel = "SEED",
            showDefaultValue = Visibility.NEVER,
            description = "Seeds, each for all methods. Default: 1.")
    private List<Long> seeds = List.of(1L);

    @Option(
            names = "--epochs",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Passes over the training examples. Default: 3 for text, instructions, embeddings and"
                    + " captions, 6 for wordnet, else 5; for tasks with labels and fewer than 3,000 examples, enough"
                    + " for 1,000 steps, at most 30, or 60 with fewer than 100 examples.")
    private Integer epochs;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stop a method early after N evaluations without improvement; 0 for never.")
    private int patience = DEFAULTS.patience();

    @Option(
            names = "--eval-every",
            paramLabel = "STEPS",
            description = "Steps between evaluations; 0 for once per epoch.")
    private int evaluateEvery = DEFAULTS.evaluateEvery();

    @Option(
            names = "--hold-out",
            paramLabel = "FRACTION",
            description = "Choose the best evaluation, and with --patience when to stop, on this part of the"
                    + " training examples, a different one for each seed. The evaluation examples are then measured"
                    + " only once. 0 to choose on the evaluation examples.")
    private double holdOut;

    @Option(names = "--head-lr", paramLabel = "RATE", description = "Peak learning rate of the head.")
    double headRate = DEFAULTS.headLearningRate();

    @Option(
            names = "--batch",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Examples per batch. Default: 32, 8 for text and instructions, 64 pairs for embeddings"
                    + " and captions, 8 queries for rerank's losses over all passages of a query.")
    private Integer batch;

    @Option(
            names = "--chunk",
            paramLabel = "N",
            description = "Sequences to compute at a time, so that a large batch takes the memory of a small one; 0"
                    + " for the whole batch. For pairs, whose loss spans the batch, this costs another forward pass.")
    private int chunk = DEFAULTS.chunkSize();

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            description = "Maximum tokens per batch, to limit the memory of long texts; 0 for no limit.")
    private int batchTokens = DEFAULTS.batchTokens();

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Batches per step: equals a batch N times as large, with the memory of one. Steps that"
                    + " train only the head take one.")
    private int accumulate = DEFAULTS.accumulate();

    @Option(
            names = "--max-length",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Longest input in tokens; longer ones are cut, for text into windows. Default: 128; for"
                    + " classify, regress and labels up to 512 where one row in twenty is longer; 512 for text,"
                    + " instructions and rerank; the model's own for embeddings; all positions for CLIP and"
                    + " SigLIP.")
    private Integer maxLength;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "Probability of dropping each entry of an adapter's input in training.")
    private double dropout = DEFAULTS.dropout();

    @Option(
            names = "--checkpointing",
            description = "Keep only each layer's input and recompute the layer in the backward pass: less memory"
                    + " for nearly one more forward pass, and identical results.")
    private boolean checkpointing;

    @Option(
            names = "--class-weights",
            paramLabel = "RULE",
            description = "Weights of the classes in the loss: none, or balanced (rare classes count as much as"
                    + " frequent ones).")
    private String classWeights = NONE;

    @Option(
            names = "--label-smoothing",
            paramLabel = "E",
            description = "Part of each label's weight to spread over all classes, or over the vocabulary; for"
                    + " tasks with classes, tokens, text and instructions.")
    private double labelSmoothing = DEFAULTS.labelSmoothing();

    @Option(
            names = "--calibrate",
            description = "Calibrate the probabilities of classes or labels after the training: divide logits by"
                    + " temperatures that fit the held-out rows. Predicted labels stay the same.")
    private boolean calibrated;

    @Option(
            names = "--few-shot",
            description = "For few examples of each class: train adapters first by a contrast of the classes, as SetFit"
                    + " does, then head and adapters as usual.")
    private boolean fewShot;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Decoupled weight decay.")
    private double weightDecay = DEFAULTS.weightDecay();

    @Option(
            names = "--warmup",
            paramLabel = "FRACTION",
            description = "Fraction of all steps over which the learning rate rises.")
    private double warmUp = DEFAULTS.warmUp();

    @Option(
            names = "--schedule",
            paramLabel = "DECAY",
            description = "Decay of the learning rate after the warm-up: linear, cosine or constant. Default: linear.")
    private String schedule = "linear";

    @Option(names = "--clip", paramLabel = "NORM", description = "Largest norm of a step's gradient.")
    private double clip = DEFAULTS.maxGradientNorm();

    /** Returns the configuration of each method, without its learning rate, initialization and seed, before or after the data is read. */
    TrainingConfig config(
            DataOptions data,
            Optional<TrainingTask<?, ?>> read,
            LowPrecision precision,
            Optional<ConditionMonitor.Settings> monitor) {
        int examples = batch == null ? data.defaults(read).withoutAdapters().batchSize() : batch;
        TrainingConfig.Builder builder = TrainingConfig.builder()
                .epochs(epochs == null ? data.epochs(read, Math.max(1, examples)) : epochs)
                .batchSize(examples)
                .batchTokens(batchTokens)
                .accumulate(accumulate)
                .chunkSize(chunk)
                .patience(patience)
                .evaluateEvery(evaluateEvery)
                .headLearningRate(headRate)
                .labelSmoothing(labelSmoothing)
                .dropout(dropout)
                .checkpointing(checkpointing)
                .weightDecay(weightDecay)
                .warmUp(warmUp)
                .schedule(Require.named("schedule", schedule, Schedule.Decay.values(), Schedule.Decay::toString))
                .maxGradientNorm(clip)
                .contrastSteps(fewShot ? TrainingDefaults.CONTRAST_STEPS : 0)
                .lowPrecision(precision);
        monitor.ifPresent(builder::monitor);
        return builder.build();
    }

    /** Returns the configuration for the adapter of each key, with the usual epochs and batch size unless options give them. */
    TrainingConfig perKey(DataOptions data, TrainingConfig usual, double rate) {
        return config(data, Optional.empty(), LowPrecision.NONE, Optional.empty()).toBuilder()
                .epochs(epochs == null ? usual.epochs() : epochs)
                .batchSize(batch == null ? usual.batchSize() : batch)
                .learningRate(rate)
                .headSteps(0)
                .seed(seeds().get(0))
                .build();
    }

    OptionalInt maxLength() {
        return maxLength == null ? OptionalInt.empty() : OptionalInt.of(maxLength);
    }

    double holdOut() {
        return holdOut;
    }

    boolean balancedClasses() {
        return Require.named("class weights", classWeights, new String[] {NONE, BALANCED}, name -> name)
                .equals(BALANCED);
    }

    boolean calibrated() {
        return calibrated;
    }

    List<Long> seeds() {
        return distinct("--seed", seeds);
    }

    static <T> List<T> distinct(String option, List<T> values) {
        Require.argument(
                values.stream().distinct().count() == values.size(), "%s %s: expected each value once", option, values);
        return List.copyOf(values);
    }
}
