package org.lsradapt.training.settings;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;

/**
 * The settings of a training. Immutable and thread-safe. The components are all settings: reports, checkpoints and messages take their
 * names from them.
 *
 * <pre>{@code
 * TrainingConfig config = TrainingConfig.builder().epochs(3).learningRate(1e-3).patience(2).build();
 * }</pre>
 *
 * @param epochs passes over the training examples
 * @param batchSize the maximal number of examples of a batch
 * @param batchTokens the maximal number of tokens of a batch; 0 for no limit
 * @param accumulate the number of batches whose gradients make an optimizer step
 * @param learningRate the peak learning rate of the adapters
 * @param weightDecay AdamW's decoupled weight decay
 * @param warmUp the fraction of all optimizer steps over which the learning rate rises, 0 … 1
 * @param maxGradientNorm the norm to which a larger gradient is scaled down
 * @param labelSmoothing ε: the part of each label's weight that is spread evenly over all classes, or all tokens of the vocabulary; 0 for
 *     unchanged labels
 * @param dropout the probability with which each element of an adapter's input is dropped in training; 0 for no dropout
 * @param contrastSteps the number of steps that train the adapters first, by a contrast of classes; 0 for none. See {@link
 *     org.lsradapt.objectives.EmbeddingLoss#classes}
 * @param headSteps the number of steps that train the head alone before the adapters; 0 for none
 * @param checkpointing whether a step keeps only each layer's input and recomputes the layer in the backward pass: less memory for nearly
 *     one more forward pass, with the same numbers
 * @param chunkSize the number of sequences of a batch that are computed at once, so that memory does not grow with the batch; 0 for all
 *     of them. For embeddings it costs nearly one more forward pass; see {@link org.lsradapt.objectives.AdaptedModel#chunkSize}
 * @param seed the seed of the order of the examples, and of dropout
 * @param evaluateEvery the number of optimizer steps between evaluations, with one more at the end; 0 for the end of each epoch
 * @param patience the number of evaluations without a better one after which training stops; 0 for never
 * @param lowPrecision the precision of the adapters' parameters between steps
 * @param monitor the settings of the monitor of the adapters' condition; empty for no monitor
 */
public record TrainingConfig(
        int epochs,
        int batchSize,
        int batchTokens,
        int accumulate,
        double learningRate,
        double headLearningRate,
        double weightDecay,
        double warmUp,
        Schedule.Decay schedule,
        double maxGradientNorm,
        double labelSmoothing,
        double dropout,
        int contrastSteps,
        int headSteps,
        boolean checkpointing,
        int chunkSize,
        long seed,
        int evaluateEvery,
        int patience,
        LowPrecision lowPrecision,
        Optional<ConditionMonitor.Settings> monitor) {
    /** Far above any realistic number of epochs or examples per batch; the resulting counts have to fit an int. */
    private static final int MOST = 1_000_000;

    private static final String COUNT = "1 to " + MOST;

    private static final RecordComponent[] COMPONENTS = TrainingConfig.class.getRecordComponents();

    private static final TrainingConfig DEFAULTS = new Builder()
            .epochs(5)
            .batchSize(32)
            .batchTokens(0)
            .accumulate(1)
            .learningRate(2e-3)
            .headLearningRate(5e-3)
            .weightDecay(0.01)
            .warmUp(0.06)
            .schedule(Schedule.Decay.LINEAR)
            .maxGradientNorm(1)
            .labelSmoothing(0)
            .dropout(0)
            .contrastSteps(0)
            .headSteps(0)
            .checkpointing(false)
            .chunkSize(0)
            .seed(1)
            .evaluateEvery(0)
            .patience(0)
            .lowPrecision(LowPrecision.NONE)
            .set("monitor", Optional.empty())
            .build();

    /** Checks that settings are in their ranges; see {@link #builder()}. */
    public TrainingConfig {
        require("epochs", epochs, epochs >= 1 && epochs <= MOST, COUNT);
        require("batchSize", batchSize, batchSize >= 1 && batchSize <= MOST, COUNT);
        require("batchTokens", batchTokens, batchTokens >= 0, ">= 1, or 0 for no limit");
        require("accumulate", accumulate, accumulate >= 1 && accumulate <= MOST, COUNT);
        require("learningRate", learningRate, isPositive(learningRate), "a positive number");
        require("headLearningRate", headLearningRate, isPositive(headLearningRate), "a positive number");
        require("weightDecay", weightDecay, weightDecay >= 0, ">= 0");
        require("warmUp", warmUp, warmUp >= 0 && warmUp <= 1, "a fraction from 0 to 1");
        require("maxGradientNorm", maxGradientNorm, maxGradientNorm > 0, "> 0");
        require("labelSmoothing", labelSmoothing, labelSmoothing >= 0 && labelSmoothing < 1, ">= 0 and < 1");
        require("dropout", dropout, dropout >= 0 && dropout < 1, ">= 0 and < 1");
        require("contrastSteps", contrastSteps, contrastSteps >= 0 && contrastSteps <= MOST, COUNT + ", or 0 for none");
        require("headSteps", headSteps, headSteps >= 0 && headSteps <= MOST, COUNT + ", or 0 for none");
        require("chunkSize", chunkSize, chunkSize >= 0, ">= 1, or 0 for whole batches");
        require("evaluateEvery", evaluateEvery, evaluateEvery >= 0, ">= 1, or 0 for the end of each epoch");
        require("patience", patience, patience >= 0, ">= 1, or 0 for none");
    }

    private static boolean isPositive(double value) {
        return value > 0 && Double.isFinite(value);
    }

    private static void require(String component, Object value, boolean allowed, String expected) {
        Require.argument(allowed, "%s is %s, expected %s", name(component), value, expected);
    }

    /** Returns the words of a component's name, such as {@code batch size} for {@code batchSize}. */
    private static String name(String component) {
        return component.replaceAll("(?=\\p{Upper})", " ").toLowerCase(Locale.ROOT);
    }

    /** Creates a builder with the defaults. */
    public static Builder builder() {
        return DEFAULTS.toBuilder();
    }

    /** The defaults of {@link #builder()}. */
    public static TrainingConfig defaults() {
        return DEFAULTS;
    }

    /** Creates a builder with these settings. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        for (RecordComponent component : COMPONENTS) {
            builder.set(component.getName(), value(component));
        }
        return builder;
    }

    /** All settings by name, such as {@code batch size}, for reports and for comparison. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (RecordComponent component : COMPONENTS) {
            settings.put(name(component.getName()), value(component));
        }
        return settings;
    }

    private Object value(RecordComponent component) {
        try {
            return component.getAccessor().invoke(this);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a record's accessors are public", e);
        }
    }

    /** The settings that differ from {@link #defaults()}, by name. */
    @Override
    public String toString() {
        Map<String, Object> usual = DEFAULTS.settings();
        String others = settings().entrySet().stream()
                .filter(setting -> !setting.getValue().equals(usual.get(setting.getKey())))
                .map(setting -> setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining(", "));
        return "TrainingConfig[" + (others.isEmpty() ? "defaults" : others) + "]";
    }

    /**
     * Collects the settings; see {@link TrainingConfig} for their meaning. The defaults were measured
     * with LSR adapters (docs/guides/training.md). For one thread.
     */
    public static final class Builder {
        private final Map<String, Object> values = new HashMap<>();

        private Builder() {}

        private Builder set(String component, Object value) {
            values.put(component, value);
            return this;
        }

        /** Sets the passes over the training examples; 5 by default. */
        public Builder epochs(int value) {
            return set("epochs", value);
        }

        /** Sets the maximal number of examples of a batch; 32 by default. */
        public Builder batchSize(int value) {
            return set("batchSize", value);
        }

        /** Sets the maximal number of tokens of a batch; by default 0, no limit. */
        public Builder batchTokens(int value) {
            return set("batchTokens", value);
        }

        /** Sets how many batches' gradients make an optimizer step; 1 by default. */
        public Builder accumulate(int value) {
            return set("accumulate", value);
        }

        /** Sets the adapters' peak learning rate; 2e-3 by default, for LSR adapters (1e-3 is better for LoRA). */
        public Builder learningRate(double value) {
            return set("learningRate", value);
        }

        /** Sets the head's peak learning rate; 5e-3 by default. */
        public Builder headLearningRate(double value) {
            return set("headLearningRate", value);
        }

        /** Sets the weight decay; 0.01 by default. */
        public Builder weightDecay(double value) {
            return set("weightDecay", value);
        }

        /** Sets the fraction of steps over which the learning rate rises; 0.06 by default. */
        public Builder warmUp(double value) {
            return set("warmUp", value);
        }

        /** Sets how the learning rate falls after the warm-up; linearly by default. */
        public Builder schedule(Schedule.Decay value) {
            return set("schedule", value);
        }

        /** Sets the norm to which a larger gradient is scaled down; 1 by default. */
        public Builder maxGradientNorm(double value) {
            return set("maxGradientNorm", value);
        }

        /** Sets the part of each label's weight that is spread over all classes or tokens; 0 by default. */
        public Builder labelSmoothing(double value) {
            return set("labelSmoothing", value);
        }

        /** Sets the dropout probability of the adapters' input; 0 by default. */
        public Builder dropout(double value) {
            return set("dropout", value);
        }

        /** Sets how many steps contrast the classes first, for few examples; by default 0, none. */
        public Builder contrastSteps(int value) {
            return set("contrastSteps", value);
        }

        /** Sets how many steps the head is trained alone first; by default 0, none. */
        public Builder headSteps(int value) {
            return set("headSteps", value);
        }

        /** Sets whether layers are recomputed in the backward pass to save memory; false by default. */
        public Builder checkpointing(boolean value) {
            return set("checkpointing", value);
        }

        /** Sets the number of sequences of a batch that are computed at once; by default 0, all of them. */
        public Builder chunkSize(int value) {
            return set("chunkSize", value);
        }

        /** Sets the seed of the order of the examples and of dropout; 1 by default. */
        public Builder seed(long value) {
            return set("seed", value);
        }

        /** Sets after how many steps to evaluate; by default 0, at the end of each epoch. */
        public Builder evaluateEvery(int value) {
            return set("evaluateEvery", value);
        }

        /** Sets after how many evaluations without a better one to stop; by default 0, never. */
        public Builder patience(int value) {
            return set("patience", value);
        }

        /** Sets the precision of the adapters' parameters between steps; FLOAT by default. */
        public Builder lowPrecision(LowPrecision value) {
            return set("lowPrecision", value);
        }

        /** Sets the monitor of the adapters' condition; none by default. */
        public Builder monitor(ConditionMonitor.Settings value) {
            return set("monitor", Optional.of(value));
        }

        /** Checks that settings are in their ranges, and builds the configuration. */
        public TrainingConfig build() {
            Object[] arguments = Stream.of(COMPONENTS)
                    .map(component -> values.get(component.getName()))
                    .toArray();
            try {
                return (TrainingConfig) TrainingConfig.class.getConstructors()[0].newInstance(arguments);
            } catch (InvocationTargetException e) {
                throw (RuntimeException) e.getCause();
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("a public record's canonical constructor is public", e);
            }
        }
    }
}
