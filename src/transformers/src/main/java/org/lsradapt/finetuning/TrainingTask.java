package org.lsradapt.finetuning;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Folds;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/** The data of a task with its training and its measurements, for programs that treat all tasks alike. Immutable. */
public abstract class TrainingTask<D extends Dataset<?, ?, D>, M extends FineTunedModel> {
    private static final long LIMIT_SEED = 0;

    private static final long FOLDS_SEED = 0;

    private final String name;
    private final D data;
    private final TrainingDefaults defaults;
    private final Set<Feature> features;

    /** Creates a task with its name in folders, and the defaults and abilities of its training. */
    protected TrainingTask(String name, D data, TrainingDefaults defaults, Feature... features) {
        this.name = name;
        this.data = data;
        this.defaults = defaults;
        this.features = Set.of(features);
    }

    /** An ability that the training of some tasks has. */
    public enum Feature {
        /** Trains a head, also alone. */
        HEAD("method frozen trains the head alone, and task %s has no head; expected methods with adapters"),
        /** Gives rare classes as much weight as frequent ones. */
        CLASS_WEIGHTS("class weights: the training of task %s has none, expected a classification by a head"),
        /** Smooths labels of classes or of tokens. */
        LABEL_SMOOTHING("label smoothing: task %s is not learned by the cross-entropy of classes or tokens, expected a"
                + " classification, tokens, text or instructions"),
        /** Calibrates probabilities on the evaluation data. */
        CALIBRATION("calibration: task %s has no probabilities of a head's logits, expected classes or several labels"),
        /** Chooses a least probability on the evaluation data. */
        ABSTENTION("abstain: task %s has no one class with a probability for each input, expected a classification"),
        /** Measures the rows of several models together. */
        FOLDS("folds: the rows of task %s are not measured one by one, expected classes, numbers, labels or tokens"),
        /** Contrasts classes before the training. */
        FEW_SHOT("few-shot: task %s has no classes of whole texts or images to contrast, expected classify or images"),
        /** Learns from a teacher. */
        TEACHER("teacher: task %s is learned without one, expected a classification with a head, a ranking or pairs");

        private final String refusal;

        Feature(String refusal) {
            this.refusal = refusal;
        }
    }

    /**
     * The measurements of a model on the evaluation data.
     *
     * @param metrics the metrics by name, the primary one first
     * @param labels scores of each label, for words with tags or texts with several labels
     * @param resamples the metrics on bootstrap samples of the evaluation data
     * @param calibration the calibration of a classifier's probabilities
     * @param abstention the rows that a classifier with a least probability answers
     */
    public record Measured(
            Map<String, Double> metrics,
            Optional<Predictions> predictions,
            Optional<LabelScores> labels,
            Resamples resamples,
            Optional<Calibration> calibration,
            Optional<Abstention> abstention) {

        /** Creates measurements of a model that answers all rows. */
        public Measured(
                Map<String, Double> metrics,
                Optional<Predictions> predictions,
                Optional<LabelScores> labels,
                Resamples resamples,
                Optional<Calibration> calibration) {
            this(metrics, predictions, labels, resamples, calibration, Optional.empty());
        }

        /** Creates measurements without predictions. */
        public Measured(Map<String, Double> metrics, Resamples resamples) {
            this(metrics, Optional.empty(), Optional.empty(), resamples, Optional.empty());
        }

        /** Returns these measurements with others of answered rows. */
        public Measured with(Optional<Abstention> answered) {
            return new Measured(metrics, predictions, labels, resamples, calibration, answered);
        }

        /** Creates measurements with their bootstrap samples. */
        public Measured(Measurement measurement) {
            this(measurement.metrics(), measurement.resamples());
        }
    }

    /** The settings that the caller chooses for the training of any task. */
    public interface Setup {
        /**
         * Sets adapters, configuration, listener and checkpoints.
         *
         * @throws IOException if an adapter to continue from is missing or malformed
         */
        <T extends FineTuning<T, ?>> T apply(T training) throws IOException;

        /** Returns the configuration of the training. */
        TrainingConfig config();

        /** Whether rare classes get as much weight in the loss as frequent ones. */
        boolean balancedClasses();

        /** Whether probabilities are calibrated on the evaluation data. */
        boolean calibrated();

        /** Returns the precision for which a least probability is chosen on the evaluation data; empty for none. */
        OptionalDouble abstain();

        /** Returns the measurements that decide temperatures and thresholds in place of the evaluation data; empty for none. */
        Optional<Measured> outOfFold();

        /** Returns the teacher; empty for none. */
        Optional<Teacher> teacher();
    }

    /** Rows with the answers of models that have not seen them. */
    public interface Pool<D, M> {
        /** Adds the evaluation rows of a model's training; returns their number. */
        int add(D data, M trained);

        /** Measures all rows together. */
        Measured measured();
    }

    /** Returns the name in folders. */
    public final String name() {
        return name;
    }

    /** Returns the data. */
    public final D data() {
        return data;
    }

    /** Returns the same task on other data. */
    protected abstract TrainingTask<D, M> with(D other);

    /** Returns the name in headings. */
    public String title() {
        return name;
    }

    /** Whether the training has a feature. */
    public final boolean has(Feature feature) {
        return features.contains(feature);
    }

    /**
     * Checks that the training has a feature.
     *
     * @throws IllegalArgumentException if it does not
     */
    public final void require(Feature feature) {
        if (!has(feature)) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, feature.refusal, name));
        }
    }

    /** Describes the size of the data in one line. */
    public abstract String describe();

    /** Whether a contrast of the classes pays by what was measured (docs/background/evidence.md, "Few examples of each class"). */
    public boolean isOfFewExamples() {
        return false;
    }

    /** Returns notes for the owner of the data, one sentence each. */
    public final List<String> notes() {
        return data.notes();
    }

    /**
     * Reduces training data with labels to a part, the same one each time.
     *
     * @param count the approximate number of training examples to keep
     * @throws IllegalArgumentException if the data has no labels
     */
    public final TrainingTask<D, M> limit(int count) {
        Require.argument(
                labelled().isPresent(),
                "examples: task %s has no labels, expected a classification or a regression",
                name);
        return with(data.limit(count, LIMIT_SEED));
    }

    /**
     * Replaces the evaluation data by a part of the training data; the rest of the training data remains for training.
     *
     * @param fraction the size of the part, above 0 and below 1
     * @param seed selects the part
     * @throws IllegalArgumentException if nothing can be held out
     */
    public final TrainingTask<D, M> holdOut(double fraction, long seed) {
        return with(data.holdOut(fraction, seed));
    }

    /** Divides all rows that were given for training into folds; see {@link Dataset#folds}. */
    public final Folds folds(int count, long seed) {
        return data.folds(count, seed);
    }

    /** Holds out one fold for evaluation, and trains on all others; see {@link Dataset#fold}. */
    public final TrainingTask<D, M> fold(Folds folds, int fold) {
        return with(data.fold(folds, fold));
    }

    /** Returns the labels of all rows that were given for training; empty if rows have answers of another kind. */
    public final Optional<? extends RowLabels<?>> rowLabels() {
        return data.rowLabels();
    }

    /** Returns the labels of the evaluation rows; empty if they are held out, or have answers of another kind. */
    public final Optional<? extends RowLabels<?>> evaluationLabels() {
        return data.evaluationLabels();
    }

    /** Changes labels, or removes rows; see {@link Dataset#corrected}. */
    public final TrainingTask<D, M> corrected(RowLabels.Edit edit) throws IOException {
        return with(data.corrected(edit));
    }

    /**
     * Returns the probabilities that a trained model gives to the labels of the evaluation data.
     *
     * @param trained the model, as this task has trained it
     * @return for each row, for each of its {@link RowLabels#cells}, one per label
     * @throws IllegalArgumentException if the task has no such probabilities
     */
    public double[][][] probabilities(M trained) {
        throw new IllegalArgumentException("probabilities: task " + name + " has none of the labels of rows");
    }

    /**
     * Returns this task once for each fold of the rows that were given for training; the fold is the evaluation data. Folds are the same each
     * time.
     *
     * @throws IllegalArgumentException if there are too few rows
     */
    public final List<TrainingTask<D, M>> folds(int count) {
        Folds folds = folds(count, FOLDS_SEED);
        return IntStream.range(0, count).mapToObj(fold -> fold(folds, fold)).toList();
    }

    /** Returns this task with all rows that were given for training as training data, and as evaluation data too. */
    public final TrainingTask<D, M> undivided() {
        return with(data.undivided());
    }

    /**
     * Returns an empty pool.
     *
     * @param calibrated whether to fit temperatures on its rows
     * @param precision the precision for which to choose a least probability on its rows
     * @throws IllegalArgumentException if rows are not measured one by one
     */
    public Pool<D, M> pool(boolean calibrated, OptionalDouble precision) {
        require(Feature.FOLDS);
        throw new IllegalStateException("task " + name + ": has no pool");
    }

    /** Returns the training defaults. */
    public final TrainingDefaults defaults() {
        return defaults;
    }

    /** Returns the number of training examples with labels, few of which get more epochs; empty without labels. */
    public OptionalInt labelled() {
        return has(Feature.HEAD) ? OptionalInt.of(data.train().size()) : OptionalInt.empty();
    }

    /** Returns settings that are specific to this task, by name, for a report. */
    public Map<String, Object> settings() {
        return Map.of();
    }

    /** Shows how to use a trained model that is saved in a folder. */
    public abstract Usage usage(String adapter);

    /** Returns the name of the metric that chooses the best evaluation. */
    public abstract String primaryMetric();

    /**
     * Loads a base model that can learn this task.
     *
     * @return the model, which the caller closes
     * @throws IOException if a file of the model is missing or malformed
     */
    public FrozenModel load(String model, BasePrecision precision) throws IOException {
        return BaseModel.load(model, precision);
    }

    /** Returns the default longest input in tokens. */
    public int usualLength(FrozenModel base) throws IOException {
        return FineTuning.SEQUENCE_LENGTH;
    }

    /**
     * Returns the metrics of baselines that need no training; may be empty.
     *
     * @param length longest input in tokens
     * @param said receives a line about what is measured
     * @throws IOException if a file of the model or of the data cannot be read
     */
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        return List.of();
    }

    /** Returns the number of steps of the head alone on a base model. */
    public int headSteps(int usual, FrozenModel base) {
        return usual;
    }

    /**
     * Trains.
     *
     * @param base a model from {@link #load}; not closed with the trained one
     * @return the model of the best evaluation, which the caller closes
     * @throws IllegalArgumentException if a setting does not fit the model or the data
     * @throws org.lsradapt.training.DivergedException if the loss stops being finite
     * @throws IOException if a file of the model or of the data cannot be read
     */
    public abstract M train(FrozenModel base, Setup setup) throws IOException;

    /** Measures a model on the evaluation data. */
    public abstract Measured measure(M model, Setup setup) throws IOException;

    /** Returns the measurements that a training on this task has made at its best evaluation. */
    public Measured measured(M trained) throws IOException {
        return new Measured(
                trained.training().orElseThrow().best().metrics(),
                trained.measured().map(Measurement::resamples).orElse(Resamples.NONE));
    }
}
