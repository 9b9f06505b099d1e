package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.LabelScores;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingListener;

/**
 * A run on data of one kind with a base model: checks, training and measurements. For one thread.
 *
 * @param <M> what is trained
 */
abstract class Experiment<M extends FineTunedModel> {
    private final RunSettings settings;
    private final LayerSelector targets;
    private final int maxLength;

    /**
     * On a base model.
     *
     * @param settings what to do
     * @param base the model; kept
     * @param usualLength the longest input where the settings say none
     */
    Experiment(RunSettings settings, FrozenModel base, int usualLength) {
        this.settings = settings;
        targets = settings.targets().orElseGet(base::queryAndValue);
        maxLength = settings.maxLength().orElse(Math.min(usualLength, base.maxLength()));
    }

    /** One method with one seed. */
    record One(Method method, long seed, TrainingListener watch, Checkpoints checkpoints, PassExecutor passes) {}

    /**
     * The results of a trained model on the evaluation data.
     *
     * @param measured metrics on it where nothing was chosen by it; else empty
     * @param predictions those of a classifier
     * @param labels how well each label is found, of words or of texts that may have several
     */
    record Outcome(
            Optional<Map<String, Double>> measured, Optional<Predictions> predictions, Optional<LabelScores> labels) {}

    final RunSettings settings() {
        return settings;
    }

    /** Which layers are adapted. */
    final LayerSelector targets() {
        return targets;
    }

    /** Longest input in tokens. */
    final int maxLength() {
        return maxLength;
    }

    /** Whether a teacher's answers can be learned from. */
    boolean takesTeacher() {
        return false;
    }

    /** Tries the first step of each thing that training needs. */
    abstract void check() throws IOException;

    /** Baselines of a trained model; may be empty. */
    abstract List<Baseline> baselines(RunListener listener) throws IOException;

    /** Trains; the caller closes the model. */
    abstract M train(One one) throws IOException;

    /** Metrics of a trained model on the evaluation data. */
    abstract Map<String, Double> metrics(M model) throws IOException;

    Outcome outcome(M model) throws IOException {
        return new Outcome(
                choosesElsewhere() ? Optional.of(metrics(model)) : Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether the best evaluation is chosen by a part of the training data. */
    final boolean choosesElsewhere() {
        return settings.holdOut() != 0;
    }

    /** How to train with the longest input that is used. */
    TrainingConfig forLength(TrainingConfig config) {
        return config;
    }

    /** Says how to train by one method with one seed. */
    final <T extends FineTuning<T>> T set(T training, One one) throws IOException {
        if (one.method().from().isPresent()) {
            training.from(one.method().from().get());
        } else {
            one.method().adapters().ifPresent(config -> training.adapters(config.withSeed(one.seed())));
            training.targets(targets);
        }
        return training.config(forLength(settings.training(one.method(), one.seed())))
                .maxLength(maxLength)
                .checkpoints(one.checkpoints())
                .passes(one.passes())
                .listener(one.watch());
    }
}
