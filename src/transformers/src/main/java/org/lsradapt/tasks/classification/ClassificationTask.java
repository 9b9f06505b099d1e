package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Predictions;

/** Texts with one class or one number each. */
public final class ClassificationTask extends HeadTask {

    /**
     * Creates a task.
     *
     * @param data texts with a class or a number each
     */
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

    @Override
    protected Predictions shown(Predictions all, List<Example> examples) {
        return all.ofTexts(examples.stream().map(ClassificationTask::text).toList());
    }

    private static String text(Example example) {
        return example.second() == null ? example.first() : example.first() + " / " + example.second();
    }

    /**
     * Prepares reading rows with the labels of a trained model.
     *
     * @param labels the classes of the model; empty for numbers
     */
    public static LabelledData.FromFiles file(Path file, List<String> labels, TaskOptions given) {
        return described(labels.isEmpty() ? LabelledData.regression(file) : LabelledData.classification(file), given);
    }

    private static LabelledData.FromFiles described(LabelledData.FromFiles files, TaskOptions given) {
        given.format().ifPresent(files::format);
        given.text(files::text, files::text);
        given.label().ifPresent(files::label);
        return files;
    }

    /** Reads the evaluation data of a saved adapter. */
    public static EvaluationData evaluation(TaskDescription task, Path file, TaskOptions given) throws IOException {
        String column = given.label().orElse("label");
        return evaluation(task, file, file(file, task.labels(), given).inputs(task.labels()), "\"" + column + "\"");
    }

    /**
     * Returns evaluation data for a saved adapter from rows that were read.
     *
     * @param column the column of the labels, for the message
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

    /** The type of texts with classes, {@code --task classify}. */
    public static final class Type extends OfTexts {
        /** Creates the type. */
        public Type() {
            super("classify", List.of(TaskOption.TEACHER, TaskOption.TEACHER_SHARE, TaskOption.TEMPERATURE));
        }

        @Override
        LabelledData.FromFiles from(Path train) {
            return LabelledData.classification(train);
        }
    }

    /** The type of texts with numbers, {@code --task regress}. */
    public static final class RegressionType extends OfTexts {
        /** Creates the type. */
        public RegressionType() {
            super("regress", List.of());
        }

        @Override
        LabelledData.FromFiles from(Path train) {
            return LabelledData.regression(train);
        }
    }

    private abstract static class OfTexts implements TaskType {
        private final String name;
        private final List<TaskOption> further;

        OfTexts(String name, List<TaskOption> further) {
            this.name = name;
            this.further = further;
        }

        abstract LabelledData.FromFiles from(Path train);

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<TaskOption> options() {
            return Stream.of(List.of(TaskOption.TRAIN, TaskOption.DEV, TaskOption.EXAMPLES), columns(), further)
                    .flatMap(List::stream)
                    .toList();
        }

        @Override
        public List<TaskOption> columns() {
            return List.of(TaskOption.TEXT, TaskOption.LABEL, TaskOption.FORMAT);
        }

        @Override
        public void check(TaskOptions given) {
            given.requireOneFile();
            given.requireTexts(1, 2);
        }

        @Override
        public ClassificationTask read(TaskOptions given) throws IOException {
            LabelledData.FromFiles files = described(from(given.train()), given);
            given.dev().ifPresent(files::dev);
            return new ClassificationTask(files.read());
        }
    }
}
