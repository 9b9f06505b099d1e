package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;

/**
 * The data of a classification or a regression.
 *
 * @param data its examples
 * @param notes notes for the user
 * @param augmentation the augmentation of images in training; empty for texts
 * @param template a text in which {@code {}} stands for the name of a class; empty for a head
 */
public record LabelledRunData(
        Task task, TaskData data, List<String> notes, Optional<Augmentation> augmentation, Optional<String> template)
        implements RunData {
    private static final long LIMIT_SEED = 0;

    /** Creates the data of an official task. */
    public LabelledRunData(Task task, TaskData data) {
        this(task, data, List.of(), Optional.empty(), Optional.empty());
    }

    /** Creates data from the user's own. */
    public LabelledRunData(OwnData own, Optional<Augmentation> augmentation, Optional<String> template) {
        this(own.task(), own.data(), own.notes(), augmentation, template);
    }

    @Override
    public String name() {
        return task.name();
    }

    @Override
    public String title() {
        return task.title();
    }

    @Override
    public LabelledRunData holdOut(double fraction, long seed) {
        return new LabelledRunData(task, data.holdOut(task.kind(), fraction, seed), notes, augmentation, template);
    }

    @Override
    public String describe() {
        String kind = majorityAccuracy().isPresent()
                ? String.format(
                        Locale.ROOT,
                        "%d classes, majority class %.4f",
                        task.labels().size(),
                        majorityAccuracy().getAsDouble())
                : "a number to predict";
        return String.format(
                Locale.ROOT,
                "task %s: %d training and %d evaluation examples, %s",
                name(),
                data.train().size(),
                data.evaluation().size(),
                kind);
    }

    @Override
    public String primaryMetric() {
        return task.primaryMetric();
    }

    @Override
    public Optional<Integer> labelledExamples() {
        return Optional.of(data.train().size());
    }

    @Override
    public RunData limit(int count) {
        return new LabelledRunData(task, data.limit(task.kind(), count, LIMIT_SEED), notes, augmentation, template);
    }

    @Override
    public boolean hasHead() {
        return template.isEmpty();
    }

    @Override
    public boolean wantsTowers() {
        return template.isPresent();
    }

    @Override
    public Usage usage(String adapter) {
        if (augmentation.isPresent()) {
            return template.isPresent()
                    ? Usage.of(
                            adapter,
                            "zero-shot picture.jpg",
                            "ImageTextEmbedder",
                            "classes().predict(Path.of(\"picture.jpg\"))")
                    : Usage.of(
                            adapter,
                            "predict --images picture.jpg",
                            "ImageClassifier",
                            "predict(Path.of(\"picture.jpg\"))");
        }
        return Usage.of(
                adapter,
                "predict 'a text'",
                task.kind() == TaskKind.CLASSIFICATION ? "TextClassifier" : "TextRegressor",
                "predict(\"a text\")");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return template.isPresent()
                ? new ZeroShotExperiment(settings, this, template.get(), (DualModel) base)
                : new HeadExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public boolean hasClasses() {
        return task.kind() == TaskKind.CLASSIFICATION;
    }

    @Override
    public boolean hasLabelsToSmooth() {
        return hasClasses() && hasHead();
    }

    /** Returns the accuracy of always predicting the most frequent class; empty for a regression. */
    OptionalDouble majorityAccuracy() {
        return task.kind() == TaskKind.CLASSIFICATION
                ? OptionalDouble.of(TaskData.majorityBaseline(data.evaluation()))
                : OptionalDouble.empty();
    }

    /**
     * Returns the metrics of always predicting the most frequent class; empty for a regression. For grouped rows, such as
     * the choices of a question, it is only the accuracy over the rows.
     */
    Optional<Map<String, Double>> majorityMetrics() {
        if (majorityAccuracy().isEmpty()) {
            return Optional.empty();
        }
        List<Example> examples = data.evaluation();
        if (examples.get(0).group() != Example.NO_GROUP) {
            return Optional.of(Map.of("accuracy", majorityAccuracy().getAsDouble()));
        }
        double[] answer = new double[task.outputWidth()];
        answer[TaskData.majorityClass(examples)] = 1;
        return Optional.of(
                task.evaluate(examples, examples.stream().map(example -> answer).toArray(double[][]::new)));
    }
}
