package org.lsradapt.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;

/**
 * How to train. Immutable, and safe for use by many threads.
 *
 * <pre>{@code
 * TrainingConfig config = TrainingConfig.builder().epochs(3).learningRate(1e-3).patience(2).build();
 * }</pre>
 */
public final class TrainingConfig {
    private final int epochs;
    private final int batchSize;
    private final int batchTokens;
    private final int accumulate;
    private final double learningRate;
    private final double headLearningRate;
    private final double weightDecay;
    private final double warmUp;
    private final double maxGradientNorm;
    private final double dropout;
    private final int headSteps;
    private final boolean checkpointing;
    private final int chunkSize;
    private final long seed;
    private final int evaluateEvery;
    private final int patience;
    private final LowPrecision lowPrecision;
    private final Optional<ConditionMonitor.Settings> monitor;

    /** Far more epochs or examples per batch than anyone trains with; an int counts what comes of them. */
    private static final int MOST = 1_000_000;

    private TrainingConfig(Builder builder) {
        epochs = builder.epochs;
        batchSize = builder.batchSize;
        batchTokens = builder.batchTokens;
        accumulate = builder.accumulate;
        learningRate = builder.learningRate;
        headLearningRate = builder.headLearningRate;
        weightDecay = builder.weightDecay;
        warmUp = builder.warmUp;
        maxGradientNorm = builder.maxGradientNorm;
        dropout = builder.dropout;
        headSteps = builder.headSteps;
        checkpointing = builder.checkpointing;
        chunkSize = builder.chunkSize;
        seed = builder.seed;
        evaluateEvery = builder.evaluateEvery;
        patience = builder.patience;
        lowPrecision = builder.lowPrecision;
        monitor = builder.monitor;
        Require.argument(epochs >= 1 && epochs <= MOST, "epochs is %d, expected 1 to %d", epochs, MOST);
        Require.argument(batchSize >= 1 && batchSize <= MOST, "batch size is %d, expected 1 to %d", batchSize, MOST);
        Require.argument(batchTokens >= 0, "tokens per batch is %d, expected >= 1, or 0 for no limit", batchTokens);
        Require.argument(
                accumulate >= 1 && accumulate <= MOST,
                "accumulated batches per step is %d, expected 1 to %d",
                accumulate,
                MOST);
        Require.argument(positive(learningRate), "learning rate is %s, expected a positive number", learningRate);
        Require.argument(
                positive(headLearningRate), "head learning rate is %s, expected a positive number", headLearningRate);
        Require.argument(weightDecay >= 0, "weight decay is %s, expected >= 0", weightDecay);
        Require.argument(warmUp >= 0 && warmUp <= 1, "warm-up is %s, expected a fraction from 0 to 1", warmUp);
        Require.argument(maxGradientNorm > 0, "maximal gradient norm is %s, expected > 0", maxGradientNorm);
        Require.argument(dropout >= 0 && dropout < 1, "dropout is %s, expected >= 0 and < 1", dropout);
        Require.argument(headSteps >= 0 && headSteps <= MOST, "head steps is %d, expected 0 to %d", headSteps, MOST);
        Require.argument(chunkSize >= 0, "chunk size is %d, expected >= 1, or 0 for whole batches", chunkSize);
        Require.argument(
                evaluateEvery >= 0,
                "evaluation is every %d steps, expected >= 1, or 0 for the end of each epoch",
                evaluateEvery);
        Require.argument(patience >= 0, "patience is %d evaluations, expected >= 1, or 0 for none", patience);
    }

    private static boolean positive(double value) {
        return value > 0 && Double.isFinite(value);
    }

    /** A builder that holds the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The defaults of {@link #builder()}. */
    public static TrainingConfig defaults() {
        return builder().build();
    }

    /** A new builder that holds these settings. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Every setting by its name, for comparison. */
    Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("epochs", String.valueOf(epochs));
        settings.put("batch size", String.valueOf(batchSize));
        settings.put("tokens per batch", String.valueOf(batchTokens));
        settings.put("accumulated batches per step", String.valueOf(accumulate));
        settings.put("learning rate", String.valueOf(learningRate));
        settings.put("head learning rate", String.valueOf(headLearningRate));
        settings.put("weight decay", String.valueOf(weightDecay));
        settings.put("warm-up", String.valueOf(warmUp));
        settings.put("maximal gradient norm", String.valueOf(maxGradientNorm));
        settings.put("dropout", String.valueOf(dropout));
        settings.put("head steps", String.valueOf(headSteps));
        settings.put("checkpointing", String.valueOf(checkpointing));
        settings.put("chunk size", String.valueOf(chunkSize));
        settings.put("seed", String.valueOf(seed));
        settings.put("steps between evaluations", String.valueOf(evaluateEvery));
        settings.put("patience", String.valueOf(patience));
        settings.put("low precision", lowPrecision.toString());
        settings.put("condition monitor", monitor.toString());
        return settings;
    }

    /** The settings that are not those of {@link #defaults()}, by name. */
    @Override
    public String toString() {
        Map<String, String> usual = defaults().settings();
        String others = settings().entrySet().stream()
                .filter(setting -> !setting.getValue().equals(usual.get(setting.getKey())))
                .map(setting -> setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining(", "));
        return "TrainingConfig[" + (others.isEmpty() ? "defaults" : others) + "]";
    }

    /** Passes over the training examples. */
    public int epochs() {
        return epochs;
    }

    /** The largest number of examples of a batch. */
    public int batchSize() {
        return batchSize;
    }

    /** The largest number of tokens of a batch; 0 for no limit. */
    public int batchTokens() {
        return batchTokens;
    }

    /** How many batches' gradients make an optimizer step. */
    public int accumulate() {
        return accumulate;
    }

    /** Peak learning rate of the adapters. */
    public double learningRate() {
        return learningRate;
    }

    /** Peak learning rate of the head. */
    public double headLearningRate() {
        return headLearningRate;
    }

    /** AdamW's decoupled weight decay. */
    public double weightDecay() {
        return weightDecay;
    }

    /** The fraction of all optimizer steps over which the learning rate rises, 0 … 1. */
    public double warmUp() {
        return warmUp;
    }

    /** The norm to which a larger gradient is scaled down. */
    public double maxGradientNorm() {
        return maxGradientNorm;
    }

    /** The probability with which each element of an adapter's input is dropped in training; 0 for no dropout. */
    public double dropout() {
        return dropout;
    }

    /** How many steps the head is trained alone before adapters are; 0 for none. */
    public int headSteps() {
        return headSteps;
    }

    /**
     * Whether a step keeps each layer's input alone and computes the layer again in the backward pass: less memory for
     * nearly one forward pass more, and the same numbers.
     */
    public boolean checkpointing() {
        return checkpointing;
    }

    /**
     * How many sequences of a batch are computed at once, so that memory does not grow with the batch; 0 for all of
     * them. Embeddings need nearly one forward pass more for it; see
     * {@link org.lsradapt.objectives.AdaptedModel#chunkSize}.
     */
    public int chunkSize() {
        return chunkSize;
    }

    /** Seed of the order of the examples, and of dropout. */
    public long seed() {
        return seed;
    }

    /** After how many optimizer steps to evaluate, and at the end; 0 for the end of each epoch. */
    public int evaluateEvery() {
        return evaluateEvery;
    }

    /** After how many evaluations without a better one to stop; 0 for never. */
    public int patience() {
        return patience;
    }

    /** How the adapters' parameters are kept between steps. */
    public LowPrecision lowPrecision() {
        return lowPrecision;
    }

    /** What is watched of the adapters' condition; empty for nothing. */
    public Optional<ConditionMonitor.Settings> monitor() {
        return monitor;
    }

    /**
     * Collects the settings; see the methods of {@link TrainingConfig} for their meaning. The defaults were measured
     * with LSR adapters (docs/training.md). For one thread.
     */
    public static final class Builder {
        private int epochs = 5;
        private int batchSize = 32;
        private int batchTokens;
        private int accumulate = 1;
        private double learningRate = 2e-3;
        private double headLearningRate = 5e-3;
        private double weightDecay = 0.01;
        private double warmUp = 0.06;
        private double maxGradientNorm = 1;
        private double dropout;
        private int headSteps;
        private boolean checkpointing;
        private int chunkSize;
        private long seed = 1;
        private int evaluateEvery;
        private int patience;
        private LowPrecision lowPrecision = LowPrecision.NONE;
        private Optional<ConditionMonitor.Settings> monitor = Optional.empty();

        private Builder() {}

        private Builder(TrainingConfig config) {
            epochs = config.epochs;
            batchSize = config.batchSize;
            batchTokens = config.batchTokens;
            accumulate = config.accumulate;
            learningRate = config.learningRate;
            headLearningRate = config.headLearningRate;
            weightDecay = config.weightDecay;
            warmUp = config.warmUp;
            maxGradientNorm = config.maxGradientNorm;
            dropout = config.dropout;
            headSteps = config.headSteps;
            checkpointing = config.checkpointing;
            chunkSize = config.chunkSize;
            seed = config.seed;
            evaluateEvery = config.evaluateEvery;
            patience = config.patience;
            lowPrecision = config.lowPrecision;
            monitor = config.monitor;
        }

        /** Sets the passes over the training examples; 5 by default. */
        public Builder epochs(int value) {
            epochs = value;
            return this;
        }

        /** Sets the largest number of examples of a batch; 32 by default. */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /** Sets the largest number of tokens of a batch; by default 0, no limit. */
        public Builder batchTokens(int value) {
            batchTokens = value;
            return this;
        }

        /** Sets how many batches' gradients make an optimizer step; 1 by default. */
        public Builder accumulate(int value) {
            accumulate = value;
            return this;
        }

        /** Sets the adapters' peak learning rate; 2e-3 by default, for LSR adapters (LoRA's do better with 1e-3). */
        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        /** Sets the head's peak learning rate; 5e-3 by default. */
        public Builder headLearningRate(double value) {
            headLearningRate = value;
            return this;
        }

        /** Sets the weight decay; 0.01 by default. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Sets the fraction of steps over which the learning rate rises; 0.06 by default. */
        public Builder warmUp(double value) {
            warmUp = value;
            return this;
        }

        /** Sets the norm to which a larger gradient is scaled down; 1 by default. */
        public Builder maxGradientNorm(double value) {
            maxGradientNorm = value;
            return this;
        }

        /** Sets the dropout probability of the adapters' input; 0 by default. */
        public Builder dropout(double value) {
            dropout = value;
            return this;
        }

        /** Sets how many steps the head is trained alone first; by default 0, none. */
        public Builder headSteps(int value) {
            headSteps = value;
            return this;
        }

        /** Sets whether layers are computed again in the backward pass to save memory; false by default. */
        public Builder checkpointing(boolean value) {
            checkpointing = value;
            return this;
        }

        /** Sets how many sequences of a batch are computed at once; by default 0, all of them. */
        public Builder chunkSize(int value) {
            chunkSize = value;
            return this;
        }

        /** Sets the seed of the order of the examples and of dropout; 1 by default. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Sets after how many steps to evaluate; by default 0, at the end of each epoch. */
        public Builder evaluateEvery(int value) {
            evaluateEvery = value;
            return this;
        }

        /** Sets after how many evaluations without a better one to stop; by default 0, never. */
        public Builder patience(int value) {
            patience = value;
            return this;
        }

        /** Sets how the adapters' parameters are kept; everything in FLOAT by default. */
        public Builder lowPrecision(LowPrecision value) {
            lowPrecision = value;
            return this;
        }

        /** Sets what is watched of the adapters' condition; nothing by default. */
        public Builder monitor(ConditionMonitor.Settings value) {
            monitor = Optional.of(value);
            return this;
        }

        /**
         * Checks and builds.
         *
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public TrainingConfig build() {
            return new TrainingConfig(this);
        }
    }
}
