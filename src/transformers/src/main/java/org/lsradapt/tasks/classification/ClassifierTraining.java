package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask.Measured;
import org.lsradapt.finetuning.validation.CrossValidation;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.examples.ClassWeights;
import org.lsradapt.training.settings.TrainingConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Configures and runs the training of a classifier, by the cross-entropy of its classes. For one thread at a time. */
public abstract class ClassifierTraining<T extends ClassifierTraining<T, M>, M extends SequenceModel & Classifier>
        extends SequenceTraining<T, M> {
    private static final Logger LOG = LoggerFactory.getLogger(ClassifierTraining.class);

    private boolean balanced;
    private boolean fewShot;
    private Optional<double[]> weights = Optional.empty();
    private Optional<ScoringModel> teacher = Optional.empty();
    private double teacherShare = Teacher.SHARE;
    private double temperature = Teacher.TEMPERATURE;
    private OptionalDouble precision = OptionalDouble.empty();
    private OptionalDouble leastProbability = OptionalDouble.empty();

    /** Creates a training on a base model. */
    public ClassifierTraining(BaseHandle.Source<BaseModel> source) {
        super(source);
    }

    /** Gives rare classes as much weight in the loss as frequent ones; see {@link ClassWeights#balanced}. */
    public T balancedClasses() {
        balanced = true;
        weights = Optional.empty();
        return self();
    }

    /** Sets the weight of each class in the loss, finite and positive, in the order of the labels; copied. */
    public T classWeights(double... perClass) {
        balanced = false;
        weights = Optional.of(perClass.clone());
        return self();
    }

    /**
     * Calibrates the probabilities after the training: fits a temperature on the evaluation data, by its likelihood, and
     * divides the head's weights by it. The predicted classes stay the same. {@link SequenceModel#uncalibrated} undoes
     * it.
     */
    public T calibrated() {
        return calibrate();
    }

    /**
     * Chooses, after the training and its calibration, the least probability from which answers reach a precision on the evaluation data;
     * see {@link Abstention#choose}. It is saved with the classifier, for {@code predictIfSure} and the command {@code predict}. If the
     * precision is not reached, the log says so, and the classifier answers everything.
     *
     * @param asked the precision, above 0 and below 1
     */
    public T abstaining(double asked) {
        Abstention.requirePrecision(asked);
        precision = OptionalDouble.of(asked);
        return self();
    }

    /**
     * Takes the temperature and the least probability that the answers of other models determine, for rows that those have not seen,
     * instead of choosing them on the evaluation data.
     *
     * @param outOfFold the measurements of a {@link CrossValidation}
     */
    public T decidedBy(Measured outOfFold) {
        calibrate(outOfFold.calibration().map(Calibration::temperatures).orElse(List.of()));
        leastProbability = outOfFold.abstention().map(Abstention::threshold).stream()
                .mapToDouble(Double::doubleValue)
                .findFirst();
        return self();
    }

    @Override
    protected TaskDescription describe(
            LabelledData data, boolean pairs, double[][] outputs, List<Double> temperatures, Objective trained) {
        Task task = data.task();
        double[][] logits = temperatures.isEmpty() ? outputs : Calibration.divided(outputs, temperatures);
        return new ClassificationDescription(
                nameOr(task.name()), task.labels(), pairs, temperatures, least(data.evaluation(), logits));
    }

    private OptionalDouble least(List<Example> examples, double[][] logits) {
        if (precision.isEmpty()) {
            return leastProbability;
        }
        Optional<Abstention> chosen = Abstention.choose(precision.getAsDouble(), examples, logits);
        LOG.info(
                "abstention: {}",
                chosen.map(Abstention::describe).orElseGet(() -> Abstention.describeNone(precision.getAsDouble())));
        return chosen.stream().mapToDouble(Abstention::threshold).findFirst();
    }

    /**
     * Learns from a teacher's probabilities in addition to the examples' classes; see {@link SequenceObjective#distilled}.
     * An {@link Ensemble} is a teacher, too. The teacher answers once for each training example; an image is not varied
     * for it.
     *
     * @param model a classifier with the same classes, in any order; used by {@code train} and not closed
     */
    public T teacher(ScoringModel model) {
        teacher = Optional.of(model);
        return self();
    }

    /** Sets the teacher's share of the loss, above 0, up to 1; {@value Teacher#SHARE} by default. */
    public T teacherShare(double share) {
        teacherShare = share;
        return self();
    }

    /** Sets the divisor of the teacher's and the model's logits, positive; {@value Teacher#TEMPERATURE} by default. */
    public T temperature(double positive) {
        temperature = positive;
        return self();
    }

    /**
     * Contrasts the classes before the training, for few examples of each, as SetFit does (arXiv 2209.11055): the adapters
     * first take {@link TrainingDefaults#CONTRAST_STEPS} steps that bring examples of one class together and those of
     * different classes apart; see {@link org.lsradapt.objectives.EmbeddingLoss#classes}. The head, and both together,
     * are then trained as usual. A {@link #config} has {@link TrainingConfig#contrastSteps} instead.
     */
    public T fewShot() {
        fewShot = true;
        return self();
    }

    @Override
    protected TrainingConfig usual(TrainingConfig config) {
        return fewShot
                ? config.toBuilder()
                        .contrastSteps(TrainingDefaults.CONTRAST_STEPS)
                        .build()
                : config;
    }

    private void requireContrast(TrainingConfig config) {
        Require.argument(
                !fewShot || config.contrastSteps() > 0,
                "fewShot() keeps the other defaults, and config(…) replaces them all; found both, expected one of them;"
                        + " contrastSteps is its setting");
        Require.argument(
                config.contrastSteps() == 0 || hasAdapters(),
                "few-shot: found the head alone, expected adapters, which the contrast of classes trains");
        Require.argument(
                config.contrastSteps() == 0 || teacher.isEmpty(),
                "few-shot: found a teacher as well, expected one or the other");
    }

    @Override
    protected Objective objective(SequenceHead head, LabelledData data, TrainingConfig config) {
        Task task = data.task();
        Require.argument(
                task.labelType() == Label.Category.class,
                "classifier: task %s is a regression, expected a classification",
                task.name());
        requireContrast(config);
        if (teacher.isPresent()) {
            Require.argument(
                    !balanced && weights.isEmpty(), "teacher: found weights of classes as well, expected none");
            return SequenceObjective.distilled(head, teacherShare, temperature, Backends.standard());
        }
        Optional<double[]> perClass = balanced
                ? Optional.of(ClassWeights.balanced(
                        classes(data.train()), task.labels().size()))
                : weights;
        return perClass.map(all -> SequenceObjective.weighted(head, all, Backends.standard()))
                .orElseGet(() -> SequenceObjective.of(head, Loss.CROSS_ENTROPY, Backends.standard()))
                .smoothed(config.labelSmoothing());
    }

    @Override
    protected List<Target> targets(Task task, List<Example> examples) {
        int[] classes = classes(examples);
        if (teacher.isEmpty()) {
            return Target.categories(classes);
        }
        double[][] outputs = Teachers.outputs(teacher.get(), task.labels(), examples);
        return IntStream.range(0, classes.length)
                .<Target>mapToObj(i -> new Target.Distilled(classes[i], outputs[i]))
                .toList();
    }

    private static int[] classes(List<Example> examples) {
        return examples.stream().mapToInt(example -> example.category()).toArray();
    }
}
