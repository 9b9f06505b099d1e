package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.models.FrozenModel;

/** Texts or images with one class or one number each, predicted by a head. */
public abstract class HeadTask extends LabelledTask<SequenceModel> {
    /** The examples that a teacher answers, of which the training examples are a part. */
    private final List<Example> taught;

    /** Creates a task with the examples that a teacher answers, of which the training examples are a part. */
    protected HeadTask(LabelledData data, List<Example> taught) {
        this(data, taught, features(data.task()));
    }

    /** Makes a task with some features, whose teacher answers for these examples. */
    protected HeadTask(LabelledData data, List<Example> taught, Feature... features) {
        super(data, TrainingDefaults.HEAD, features);
        this.taught = taught;
    }

    private static Feature[] features(Task task) {
        return task.labelType() == Label.Value.class
                ? new Feature[] {Feature.HEAD, Feature.FOLDS}
                : new Feature[] {
                    Feature.HEAD,
                    Feature.FOLDS,
                    Feature.CLASS_WEIGHTS,
                    Feature.LABEL_SMOOTHING,
                    Feature.CALIBRATION,
                    Feature.ABSTENTION,
                    Feature.FEW_SHOT,
                    Feature.TEACHER
                };
    }

    /** Returns the examples that a teacher answers. */
    protected final List<Example> taught() {
        return taught;
    }

    @Override
    public boolean isOfFewExamples() {
        return has(Feature.FEW_SHOT)
                && data().train().size()
                        <= TrainingDefaults.FEW_OF_CLASS * task().labels().size();
    }

    /**
     * Returns the metrics of always predicting the most frequent class, if there are classes. For grouped rows, such as
     * the choices of a question, it is only the accuracy over the rows.
     */
    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) {
        if (task().labelType() == Label.Value.class) {
            return List.of();
        }
        List<Example> examples = data().evaluation();
        if (examples.get(0).group() != Example.NO_GROUP) {
            return List.of(Baseline.majorityClass(Map.of("accuracy", LabelledData.majorityBaseline(examples))));
        }
        return List.of(majorityClass());
    }

    /** Trains a classifier of the classes. */
    protected final <T extends ClassifierTraining<T, ?>> SequenceModel train(T training, Setup setup)
            throws IOException {
        if (setup.teacher().isPresent()) {
            Teacher teacher = setup.teacher().get();
            training.teacher(Teachers.answers(teacher, taught))
                    .teacherShare(teacher.share())
                    .temperature(teacher.temperature());
        }
        if (setup.calibrated()) {
            training.calibrated();
        }
        setup.abstain().ifPresent(training::abstaining);
        setup.outOfFold().ifPresent(training::decidedBy);
        T ready = setup.apply(training);
        return (setup.balancedClasses() ? ready.balancedClasses() : ready).train(data());
    }

    @Override
    public double[][][] probabilities(SequenceModel trained) {
        return task().labels().isEmpty()
                ? super.probabilities(trained)
                : ofClasses(trained.evaluated().orElseThrow());
    }

    @Override
    public Measured measure(SequenceModel model, Setup setup) {
        return measured(model, model.outputs(data().evaluation()));
    }

    @Override
    public Measured measured(SequenceModel trained) {
        return measured(trained, trained.evaluated().orElseThrow());
    }

    private Measured measured(SequenceModel model, double[][] outputs) {
        OptionalDouble least = model.task().leastProbability();
        Measured all = measured(outputs, model.task().temperatures());
        return least.isEmpty()
                ? all
                : all.with(Optional.of(Abstention.at(least.getAsDouble(), data().evaluation(), outputs)));
    }

    @Override
    public Pool<LabelledData, SequenceModel> pool(boolean calibrated, OptionalDouble precision) {
        return new Rows(model -> model.evaluated().orElseThrow(), calibrated, precision);
    }
}
