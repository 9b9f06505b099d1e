package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Label;
import org.lsradapt.tasks.LabelledData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.training.Predictions;

/** Texts or images with one class or one number each, predicted by a head. */
public final class ClassificationTask extends LabelledTask<SequenceModel> {
    /** The augmentation of images in training; empty for texts. */
    private final Optional<Augmentation> augmentation;
    /** The examples that a teacher answers, of which the training examples are a part. */
    private final List<Example> taught;

    private ClassificationTask(LabelledData data, Optional<Augmentation> augmentation, List<Example> taught) {
        super(data, features(data.task()));
        this.augmentation = augmentation;
        this.taught = taught;
    }

    private static Feature[] features(Task task) {
        return task.labelType() == Label.Value.class
                ? new Feature[] {Feature.HEAD}
                : new Feature[] {Feature.HEAD, Feature.CLASS_WEIGHTS, Feature.LABEL_SMOOTHING, Feature.TEACHER};
    }

    /**
     * Creates a task.
     *
     * @param data texts or images with a class or a number each
     * @param augmentation the augmentation of images in training; empty for texts
     */
    public ClassificationTask(LabelledData data, Optional<Augmentation> augmentation) {
        this(data, augmentation, data.train());
    }

    @Override
    protected ClassificationTask with(LabelledData other) {
        return new ClassificationTask(other, augmentation, taught);
    }

    @Override
    public Map<String, Object> settings() {
        return augmentation.map(ImagesTasks::settings).orElse(Map.of());
    }

    @Override
    public Usage usage(String adapter) {
        return augmentation.isPresent()
                ? Usage.of(
                        adapter,
                        "predict --images picture.jpg",
                        "ImageClassifier",
                        "predict(Path.of(\"picture.jpg\"))")
                : Usage.of(
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
            return List.of(Baseline.majorityClass(Map.of("accuracy", TaskData.majorityBaseline(examples))));
        }
        double[] answer = new double[task().outputWidth()];
        answer[TaskData.majorityClass(examples)] = 1;
        return List.of(Baseline.majorityClass(
                task().evaluate(examples, examples.stream().map(example -> answer).toArray(double[][]::new))));
    }

    @Override
    public SequenceModel train(FrozenModel base, Setup setup) throws IOException {
        BaseModel model = (BaseModel) base;
        if (task().labelType() == Label.Value.class) {
            return setup.apply(TextRegressor.on(model)).train(data());
        }
        return augmentation.isPresent()
                ? train(
                        ImageClassifier.on(model)
                                .augmentation(augmentation.get().withSeed(setup.config().seed())),
                        setup)
                : train(TextClassifier.on(model), setup);
    }

    private <T extends ClassifierTraining<T, ?>> SequenceModel train(T training, Setup setup) throws IOException {
        if (setup.teacher().isPresent()) {
            Teacher teacher = setup.teacher().get();
            training.teacher(teacher.answers(taught)).teacherShare(teacher.share()).temperature(teacher.temperature());
        }
        T ready = setup.apply(training);
        return (setup.balancedClasses() ? ready.balancedClasses() : ready).train(data());
    }

    @Override
    public Measured measure(SequenceModel model, Setup setup) {
        return measured(model.outputs(data().evaluation()));
    }

    @Override
    public Measured measured(SequenceModel trained) {
        return measured(trained.evaluated().orElseThrow());
    }

    @Override
    Predictions shown(Predictions all, List<Example> examples) {
        return augmentation.isPresent()
                ? all.ofImages(examples.stream().map(Example::first).toList())
                : all.ofTexts(examples.stream().map(ClassificationTask::text).toList());
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
            return new ClassificationTask(files.read(), Optional.empty());
        }
    }
}
