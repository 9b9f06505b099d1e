package org.lsradapt.finetuning;

import java.util.Locale;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.objectives.language.PreferenceLoss;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * The default configuration of each kind of training, as measured (docs/guides/training.md). To change a part of it,
 * begin with {@code TrainingDefaults.DPO.config(adapters).toBuilder()}.
 */
public enum TrainingDefaults {
    /** A head on texts, words, passages or images, which is trained alone first. */
    HEAD(TrainingConfig.builder().headSteps(200), 1, 1),

    /** A head that ranks, by a loss of a query's passages together; batches consist of queries. */
    QUERIES(TrainingConfig.builder().headSteps(200).batchSize(8), 1, 1),

    /** Images by the names of their classes. */
    CLASS_NAMES(TrainingConfig.builder(), 1, 1),

    /** Embeddings of pairs by contrast. */
    PAIRS(embeddings(), 2, 1),

    /** Embeddings of scored pairs, and of images and their captions. */
    EMBEDDINGS(embeddings(), 1, 1),

    /** Vectors of queries by contrast. */
    QUERY_VECTORS(TrainingConfig.builder().batchSize(64).epochs(20), 3, 1),

    /** Next tokens, and preferences by {@link PreferenceLoss#orpo}. */
    TEXT(texts(), 1, 1),

    /** Hidden words. */
    MASKED(TrainingConfig.builder().epochs(3), 1, 1),

    /** Preferences by {@link PreferenceLoss#dpo}, which ruins a model at the others' learning rates. */
    DPO(texts(), 0.25, 0.25);

    /** The steps of the contrast of classes before a training on few examples, as measured (docs/background/evidence.md). */
    public static final int CONTRAST_STEPS = 100;

    /** With no more examples of a class than this, the contrast gains accuracy (docs/background/evidence.md). */
    public static final int FEW_OF_CLASS = 8;

    /** With this number of examples with labels or more, the number of epochs is the usual one. */
    private static final int MANY = 3_000;

    private static final int STEPS_FOR_FEW = 1_000;
    private static final int MOST_EPOCHS = 30;

    /** With fewer examples than this, twice as many epochs are better (docs/background/evidence.md, "Few examples"). */
    private static final int VERY_FEW = 100;

    private final TrainingConfig common;
    private final double rateOfSums;
    private final double rateOfOthers;

    /** Makes defaults with factors of the rates of adapters with a head: for LSR and LoRA, and for other papers' adapters. */
    TrainingDefaults(TrainingConfig.Builder common, double rateOfSums, double rateOfOthers) {
        this.common = common.build();
        this.rateOfSums = rateOfSums;
        this.rateOfOthers = rateOfOthers;
    }

    private static TrainingConfig.Builder embeddings() {
        return TrainingConfig.builder().batchSize(64).epochs(3);
    }

    private static TrainingConfig.Builder texts() {
        return TrainingConfig.builder().batchSize(8).epochs(3);
    }

    /** The defaults of training on preferences. */
    public static TrainingDefaults of(PreferenceLoss loss) {
        return loss.hasReference() ? DPO : TEXT;
    }

    /** The defaults of training a reranker. */
    public static TrainingDefaults of(RankingLoss loss) {
        return loss.isOfQueries() ? QUERIES : HEAD;
    }

    /**
     * Returns the configuration of a training without adapters, with the same first steps of the head alone as
     * {@link #config}.
     */
    public TrainingConfig withoutAdapters() {
        return common;
    }

    /** Returns the configuration of adapters of a kind, which determines the learning rate. */
    public TrainingConfig config(AdapterConfig adapters) {
        double times = adapters instanceof LsrConfig ? rateOfSums : rateOfOthers;
        return common.toBuilder()
                .learningRate(times * adapters.usualLearningRate())
                .build();
    }

    /** Returns the configuration of adapters, or that of a head alone without any. */
    public TrainingConfig config(Optional<AdapterConfig> adapters) {
        return adapters.map(this::config).orElse(common);
    }

    /**
     * Returns the default number of epochs for examples with labels: that of {@link TrainingConfig#defaults}, and with
     * fewer than 3,000 examples as many as make 1,000 steps, but no more than 30, or 60 with fewer than 100 examples.
     *
     * @param examples the number of training examples, at least 1
     * @param batchSize the number of examples in a step, at least 1
     */
    public static int epochs(int examples, int batchSize) {
        int usual = TrainingConfig.defaults().epochs();
        if (examples >= MANY) {
            return usual;
        }
        int steps = (examples + batchSize - 1) / batchSize;
        return Math.max(usual, Math.min(mostEpochs(examples), (STEPS_FOR_FEW + steps - 1) / steps));
    }

    private static int mostEpochs(int examples) {
        return examples < VERY_FEW ? 2 * MOST_EPOCHS : MOST_EPOCHS;
    }

    static String reasonForEpochs(int examples) {
        return examples >= MANY
                ? "the default"
                : String.format(
                        Locale.ROOT,
                        "the default for fewer than %,d examples: as many as make %,d steps, %d at most",
                        MANY,
                        STEPS_FOR_FEW,
                        mostEpochs(examples));
    }
}
