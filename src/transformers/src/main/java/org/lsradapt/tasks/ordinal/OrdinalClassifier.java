package org.lsradapt.tasks.ordinal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.OrdinalObjective;
import org.lsradapt.objectives.heads.OrdinalThresholds;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.OutputPredictor;
import org.lsradapt.tasks.classification.SequenceTraining;
import org.lsradapt.tasks.classification.TextScorer;
import org.lsradapt.tasks.description.OrdinalDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.examples.ClassWeights;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Assigns texts, or pairs of texts, to ordered classes, such as one to five stars.
 *
 * <pre>{@code
 * try (OrdinalClassifier classifier = OrdinalClassifier.on("minilm").train(reviews)) {
 *     classifier.save(folder);
 *     System.out.println(classifier.predict("It does its job.").expectedValue());
 * }
 * }</pre>
 *
 * <p>The model gives a text one score; {@linkplain OrdinalThresholds thresholds} between the classes, which are trained and saved with it,
 * turn the score into probabilities.
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class OrdinalClassifier extends TextScorer<OrdinalPrediction> {
    private final OrdinalDescription task;

    OrdinalClassifier(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
        task = (OrdinalDescription) parts.task();
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
     * @param folder a folder that {@link #save} or {@code merge} wrote
     * @throws IllegalArgumentException also if the model is not such a classifier
     */
    public static OrdinalClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), OrdinalClassifier.class, folder);
    }

    /** Returns the classes in their order. */
    public List<String> labels() {
        return task.labels();
    }

    /** Returns the scores between neighboring classes, one less than classes. */
    public List<Double> thresholds() {
        return task.thresholds();
    }

    /** Returns the logarithms of the classes' probabilities, computed from the head's output, in the order of the classes. */
    @Override
    public double[][] outputs(List<Example> examples) {
        return Arrays.stream(super.outputs(examples))
                .map(score -> task.logProbabilities(score[0]))
                .toArray(double[][]::new);
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        return OutputPredictor.ofScores(
                request, this, OrdinalTask.TYPE, file -> OrdinalTask.file(file, request.given()));
    }

    @Override
    protected OrdinalPrediction answer(double[] outputs) {
        return OrdinalPrediction.of(Classification.of(outputs, labels()), OrdinalLabels.values(labels()));
    }

    /**
     * Configures and runs the training of such a classifier, by the likelihood of the classes; see {@link OrdinalObjective}. For one thread
     * at a time.
     */
    public static final class Training extends SequenceTraining<Training, OrdinalClassifier> {
        private boolean balanced;

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Gives rare classes as much weight in the loss as frequent ones; see {@link ClassWeights#balanced}. */
        public Training balancedClasses() {
            balanced = true;
            return this;
        }

        /**
         * Trains on texts whose labels are numbers, a tenth of which is held out for evaluation; see {@link #train(LabelledData)}.
         * {@link OrdinalData#of(List)} takes other labels with their order.
         */
        public OrdinalClassifier train(List<LabelledText> texts) throws IOException {
            return train(OrdinalData.of(texts).read());
        }

        /** Trains on texts whose labels are numbers, with evaluation data; see {@link #train(LabelledData)}. */
        public OrdinalClassifier train(List<LabelledText> texts, List<LabelledText> dev) throws IOException {
            return train(OrdinalData.of(texts).dev(dev).read());
        }

        @Override
        protected int outputs(Task task) {
            return 1;
        }

        /** Training begins at the thresholds that suit the frequencies of the classes. */
        @Override
        protected Objective objective(SequenceHead head, LabelledData data, TrainingConfig config) {
            Task task = data.task();
            Require.argument(
                    task.labelType() == Label.Category.class,
                    "classifier of ordered classes: task %s has no classes, expected a classification",
                    task.name());
            int[] classes = data.train().stream().mapToInt(Example::category).toArray();
            int[] counts = new int[task.labels().size()];
            Arrays.stream(classes).forEach(c -> counts[c]++);
            OrdinalObjective objective =
                    OrdinalObjective.of(head, OrdinalThresholds.ofCounts(counts), Backends.standard());
            return balanced ? objective.weighted(ClassWeights.balanced(classes, counts.length)) : objective;
        }

        @Override
        protected List<Target> targets(Task task, List<Example> examples) {
            return Target.categories(
                    examples.stream().mapToInt(Example::category).toArray());
        }

        @Override
        protected TaskDescription describe(
                LabelledData data, boolean pairs, double[][] outputs, List<Double> temperatures, Objective trained) {
            Task task = data.task();
            double[] thresholds = ((OrdinalObjective) trained).thresholds();
            return new OrdinalDescription(
                    nameOr(task.name()),
                    task.labels(),
                    pairs,
                    Arrays.stream(thresholds).boxed().toList());
        }

        @Override
        protected OrdinalClassifier make(ModelParts parts, Optional<double[][]> evaluated) {
            return new OrdinalClassifier(parts, evaluated);
        }
    }
}
