package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.EncodedExample;

/** Texts with one class or one number each. */
public final class ClassificationTask extends HeadTask {
    /** The type of texts with classes, {@code --task classify}. */
    public static final TaskType TYPE = ofTexts(
                    "classify", TaskOption.TEACHER, TaskOption.TEACHER_SHARE, TaskOption.TEMPERATURE)
            .evaluation(ClassificationDescription.class, ClassificationTask::evaluation)
            .evaluation(RegressionDescription.class, ClassificationTask::evaluation)
            .evaluation(RerankingDescription.class, ClassificationTask::evaluation)
            .loads(
                    parts -> parts.task() instanceof ClassificationDescription && !parts.isOfImages(),
                    parts -> new TextClassifier(parts, Optional.empty()))
            .reads(given -> new ClassificationTask(read(LabelledData.classification(given.train()), given)));

    /** The type of texts with numbers, {@code --task regress}. */
    public static final TaskType REGRESSION = ofTexts("regress")
            .loads(RegressionDescription.class, parts -> new TextRegressor(parts.ofTexts(), Optional.empty()))
            .reads(given -> new ClassificationTask(read(LabelledData.regression(given.train()), given)));

    /** Creates a task of texts with a class or a number each. */
    public ClassificationTask(LabelledData data) {
        this(data, data.train());
    }

    private ClassificationTask(LabelledData data, List<Example> taught) {
        super(data, taught);
    }

    @Override
    protected ClassificationTask with(LabelledData other) {
        return new ClassificationTask(other, taught());
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter,
                "predict 'a text'",
                task().labelType() == Label.Value.class ? "TextRegressor" : "TextClassifier",
                "predict(\"a text\")");
    }

    @Override
    public int usualLength(FrozenModel base) {
        BaseModel model = (BaseModel) base;
        return model.readsImages() ? model.maxLength() : SequenceTraining.usualLength(model, task(), data().train());
    }

    @Override
    public SequenceModel train(FrozenModel base, Setup setup) throws IOException {
        BaseModel model = (BaseModel) base;
        return task().labelType() == Label.Value.class
                ? setup.apply(TextRegressor.on(model)).train(data())
                : train(TextClassifier.on(model), setup);
    }

    /** Prepares reading rows with the classes of a trained model, or with numbers if there are none. */
    public static LabelledData.FromFiles file(Table file, List<String> labels, TaskOptions given) {
        return described(labels.isEmpty() ? LabelledData.regression(file) : LabelledData.classification(file), given);
    }

    /** Reads the evaluation data of a saved adapter. */
    public static EvaluationData evaluation(TaskDescription task, Path file, TaskOptions given) throws IOException {
        return evaluation(task, file, file(given.formatted(given.table(file.toString())), task.labels(), given), given);
    }

    /** Reads the evaluation data of a saved adapter from prepared rows. */
    public static EvaluationData evaluation(
            TaskDescription task, Path file, LabelledData.FromFiles rows, TaskOptions given) throws IOException {
        String column = given.label().orElse("label");
        return evaluation(task, file, rows.inputs(task.labels()), "\"" + column + "\"");
    }

    /**
     * Makes evaluation data of rows.
     *
     * @param column names the column of the labels in messages
     * @throws IllegalArgumentException if the file has no labels, or inputs of another kind than the task's
     */
    public static EvaluationData evaluation(TaskDescription task, Path file, PredictionInputs inputs, String column) {
        Require.argument(
                inputs.hasLabels(),
                "%s: there is no column %s, which should hold the labels; --label names another column",
                file,
                column);
        boolean pairs = inputs.examples().get(0).second() != null;
        Require.argument(
                pairs == task.pairs(),
                "%s: found %s, the adapter's task %s has %s",
                file,
                pairs ? "pairs of texts" : "single texts",
                task.name(),
                pairs ? "single texts; expected --text COLUMN" : "pairs; expected --text COLUMN,COLUMN");
        return (tokenizer, maxLength) -> Evaluation.of(
                inputs.task().orElseThrow(), EncodedExample.encode(inputs.examples(), tokenizer, maxLength));
    }
}
