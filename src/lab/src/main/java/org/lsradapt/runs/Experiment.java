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
 * @param <M> the trained model
 */
abstract class Experiment<M extends FineTunedModel> {
    private final RunSettings settings;
    private final LayerSelector targets;
    private final int maxLength;

    /**
     * Creates an experiment on a base model.
     *
     * @param settings the settings of the run
     * @param base the model; kept
     * @param usualLength the longest input in tokens if the settings give none
     */
    Experiment(RunSettings settings, FrozenModel base, int usualLength) {
        this.settings = settings;
        targets = settings.targets().orElseGet(base::queryAndValue);
        maxLength = settings.maxLength().orElse(Math.min(usualLength, base.maxLength()));
    }

    /** One training of one method with one seed. */
    record One(Method method, long seed, TrainingListener watch, Checkpoints checkpoints, PassExecutor passes) {}

    /**
     * The results of a trained model on the evaluation data.
     *
     * @param measured its metrics, if other data chose the best evaluation; else empty
     * @param predictions the predictions of a classifier
     * @param labels scores of each label, for words with tags or texts with several labels
     */
    record Outcome(
            Optional<Map<String, Double>> measured, Optional<Predictions> predictions, Optional<LabelScores> labels) {}

    final RunSettings settings() {
        return settings;
    }

    final LayerSelector targets() {
        return targets;
    }

    /** Returns the longest input in tokens. */
    final int maxLength() {
        return maxLength;
    }

    /** Whether this experiment can learn from a teacher. */
    boolean takesTeacher() {
        return false;
    }

    /** Tries the first step of each part of the training, so that errors show early. */
    abstract void check() throws IOException;

    /** Returns the baselines; may be empty. */
    abstract List<Baseline> baselines(RunListener listener) throws IOException;

    /** Trains; the caller closes the model. */
    abstract M train(One one) throws IOException;

    /** Returns the metrics of a trained model on the evaluation data. */
    abstract Map<String, Double> metrics(M model) throws IOException;

    Outcome outcome(M model) throws IOException {
        return new Outcome(
                choosesElsewhere() ? Optional.of(metrics(model)) : Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether held-out training examples choose the best evaluation. */
    final boolean choosesElsewhere() {
        return settings.holdOut() != 0;
    }

    /** Adjusts the configuration to the longest input in use. */
    TrainingConfig forLength(TrainingConfig config) {
        return config;
    }

    /** Configures the training of one method with one seed. */
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
