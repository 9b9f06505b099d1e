package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Label;
import org.lsradapt.tasks.LabelledData;
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
        return model.readsImages()
                ? model.maxLength()
                : SequenceTraining.usualLength(model, task(), data().train());
    }

    @Override
    public SequenceModel train(FrozenModel base, Setup setup) throws IOException {
        BaseModel model = (BaseModel) base;
        return task().labelType() == Label.Value.class
                ? setup.apply(TextRegressor.on(model)).train(data())
                : train(TextClassifier.on(model), setup);
    }

    @Override
    Predictions shown(Predictions all, List<Example> examples) {
        return all.ofTexts(examples.stream().map(ClassificationTask::text).toList());
    }

    private static String text(Example example) {
        return example.second() == null ? example.first() : example.first() + " / " + example.second();
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
            return Stream.concat(
                            Stream.of(
                                    TaskOption.TRAIN,
                                    TaskOption.DEV,
                                    TaskOption.FORMAT,
                                    TaskOption.EXAMPLES,
                                    TaskOption.TEXT,
                                    TaskOption.LABEL),
                            further.stream())
                    .toList();
        }

        @Override
        public void check(TaskOptions given) {
            given.requireOneFile();
            given.requireTexts(1, 2);
        }

        @Override
        public ClassificationTask read(TaskOptions given) throws IOException {
            LabelledData.FromFiles files = from(given.train());
            given.format().ifPresent(files::format);
            List<String> text = given.text();
            if (text.size() == 2) {
                files.text(text.get(0), text.get(1));
            } else {
                text.forEach(files::text);
            }
            given.label().ifPresent(files::label);
            given.dev().ifPresent(files::dev);
            return new ClassificationTask(files.read());
        }
    }
}
