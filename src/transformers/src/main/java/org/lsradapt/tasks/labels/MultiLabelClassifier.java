package org.lsradapt.tasks.labels;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.finetuning.TrainingTask.Measured;
import org.lsradapt.finetuning.validation.CrossValidation;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.classification.OutputPredictor;
import org.lsradapt.tasks.classification.SequenceTraining;
import org.lsradapt.tasks.classification.TextScorer;
import org.lsradapt.tasks.description.MultiLabelDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.examples.ClassWeights;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Gives a text, or a pair of texts, any number of labels, such as topics or kinds of abuse.
 *
 * <pre>{@code
 * try (MultiLabelClassifier classifier = MultiLabelClassifier.on("minilm").train(examples, dev)) {
 *     classifier.save(folder);
 *     System.out.println(classifier.predict("It came late, and it is broken.").chosen());
 * }
 * }</pre>
 *
 * <p>A label is chosen if its probability reaches its threshold. Each threshold has the largest F1 of its label on the
 * training's evaluation data, and is saved with the adapter.
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class MultiLabelClassifier extends TextScorer<ChosenLabels> {

    private final MultiLabelDescription task;

    MultiLabelClassifier(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
        task = (MultiLabelDescription) parts.task();
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the classifier. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the classifier. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier whose
     *     {@code problem_type} is {@code multi_label_classification}
     * @throws IllegalArgumentException also if the model is not such a classifier
     */
    public static MultiLabelClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), MultiLabelClassifier.class, folder);
    }

    /** The labels in the order of the outputs. */
    public List<String> labels() {
        return task.labels();
    }

    /** The least probability at which each label is chosen, in the order of the labels. */
    public List<Double> thresholds() {
        return isCalibrated() || task.temperatures().isEmpty()
                ? task.thresholds()
                : Thresholds.undone(task.thresholds(), task.temperatures());
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        return OutputPredictor.of(
                request,
                new Predictor.Kind("assigns several labels", LabelsTask.TYPE, OutputPredictor.inputsOf(this)),
                this::outputs,
                (example, row) -> new LabelsPrediction(example, answer(row)),
                file -> LabelsTask.inputs(file, labels(), thresholds(), request.given()));
    }

    @Override
    protected ChosenLabels answer(double[] outputs) {
        return ChosenLabels.of(outputs, labels(), thresholds());
    }

    /**
     * Configures and runs the training of such a classifier, by the binary cross-entropy of each label. For one thread
     * at a time.
     */
    public static final class Training extends SequenceTraining<Training, MultiLabelClassifier> {
        private boolean balanced;
        private Optional<double[]> weights = Optional.empty();
        private Optional<List<Double>> thresholds = Optional.empty();

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Gives the texts that have a label as much weight as those without it; see {@link ClassWeights#positive}. */
        public Training balancedLabels() {
            balanced = true;
            weights = Optional.empty();
            return this;
        }

        /**
         * Sets the factor by which a text that has a label counts more for it, finite and positive, in the order of the
         * labels; copied.
         */
        public Training positiveWeights(double... perLabel) {
            balanced = false;
            weights = Optional.of(perLabel.clone());
            return this;
        }

        /**
         * Calibrates the probabilities after the training: fits a temperature for each label on the evaluation data, by
         * its likelihood, and divides the head's weights by them. The chosen labels stay the same.
         * {@link MultiLabelClassifier#uncalibrated} undoes it.
         */
        public Training calibrated() {
            return calibrate();
        }

        /**
         * Takes the thresholds and temperatures that the answers of other models determine, for rows that those have not seen, instead of
         * choosing them on the evaluation data.
         *
         * @param outOfFold the measurements of a {@link CrossValidation}
         */
        public Training decidedBy(Measured outOfFold) {
            List<Double> temperatures = outOfFold.calibration().orElseThrow().temperatures();
            List<Double> divided = ((MultiLabelScores) outOfFold.labels().orElseThrow()).thresholds();
            thresholds = Optional.of(temperatures.isEmpty() ? divided : Thresholds.undone(divided, temperatures));
            calibrate(temperatures);
            return this;
        }

        /** Trains on texts, a tenth of which is held out for evaluation; see {@link #train(MultiLabelData)}. */
        public MultiLabelClassifier train(List<MultiLabelText> texts) throws IOException {
            return train(MultiLabelData.of(texts).read());
        }

        /** Trains on texts, with evaluation data; see {@link #train(MultiLabelData)}. */
        public MultiLabelClassifier train(List<MultiLabelText> texts, List<MultiLabelText> dev) throws IOException {
            return train(MultiLabelData.of(texts).dev(dev).read());
        }

        /** Trains, chooses the best evaluation by the mean of the labels' F1, and then each label's threshold. */
        public MultiLabelClassifier train(MultiLabelData data) throws IOException {
            MultiLabelTask task = data.task(nameOr(MultiLabelData.NAME));
            return train(task.load().columnsOf(data));
        }

        private static MultiLabelTask require(Task task) {
            Require.argument(
                    task instanceof MultiLabelTask,
                    "classifier of several labels: task %s has one answer for a text, expected texts with labels",
                    task.name());
            return (MultiLabelTask) task;
        }

        @Override
        protected Objective objective(SequenceHead head, LabelledData data, TrainingConfig config) {
            Optional<double[]> perLabel = balanced
                    ? Optional.of(ClassWeights.positive(
                            amounts(require(data.task()), data.train()).toArray(double[][]::new)))
                    : weights;
            return SequenceObjective.multiLabel(head, perLabel, Backends.standard());
        }

        @Override
        protected List<Target> targets(Task task, List<Example> examples) {
            return amounts(require(task), examples)
                    .<Target>map(Target.Labels::new)
                    .toList();
        }

        private static Stream<double[]> amounts(MultiLabelTask task, List<Example> examples) {
            return examples.stream()
                    .map(example -> example.several().amounts(task.labels().size()));
        }

        @Override
        protected TaskDescription describe(
                LabelledData data, boolean pairs, double[][] outputs, List<Double> temperatures, Objective trained) {
            MultiLabelTask known = require(data.task());
            List<Double> chosen = thresholds.orElseGet(() -> known.bestThresholds(data.evaluation(), outputs));
            return new MultiLabelDescription(
                    known.name(),
                    known.labels(),
                    pairs,
                    temperatures.isEmpty() ? chosen : Thresholds.divided(chosen, temperatures),
                    temperatures);
        }

        @Override
        protected MultiLabelClassifier make(ModelParts parts, Optional<double[][]> evaluated) {
            return new MultiLabelClassifier(parts, evaluated);
        }
    }
}
