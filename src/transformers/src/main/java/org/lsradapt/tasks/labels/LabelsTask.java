package org.lsradapt.tasks.labels;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.data.PredictionInputs;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.classification.SequenceTraining;
import org.lsradapt.tasks.description.MultiLabelDescription;

/** Texts with any number of labels each. */
public final class LabelsTask extends TrainingTask<MultiLabelData, MultiLabelClassifier> {
    private static final String COLUMN = "labels";
    private static final String COMMA = ",";
    private static final TaskOption SEPARATOR =
            TaskOption.value("--separator", "TEXT", "The separator between labels in their column. Default: a comma.");
    private static final TaskOption LABEL_COLUMNS = TaskOption.list(
            "--label-columns",
            "COLUMN",
            "Columns of 0 and 1, one per label and named after it, instead of one column of labels.");

    /** {@code --task labels}. */
    public static final TaskType TYPE = TaskType.named(MultiLabelData.NAME)
            .options(TaskOption.TRAIN, TaskOption.DEV, TaskOption.EXAMPLES)
            .columns(
                    TaskOption.TEXT,
                    TaskOption.LABEL.described("The column of all labels. Default: labels."),
                    TaskOption.FORMAT,
                    SEPARATOR,
                    LABEL_COLUMNS)
            .usualColumns("text", "labels")
            .check(given -> {
                given.requireOneFile();
                given.requireTexts(1, 2);
                file(given.train(), given);
            })
            .evaluation(MultiLabelDescription.class, LabelsTask::evaluation)
            .loads(MultiLabelDescription.class, parts -> new MultiLabelClassifier(parts.ofTexts(), Optional.empty()))
            .reads(LabelsTask::read);

    private final MultiLabelTask task;

    /** Creates a task of texts with labels, with its name in folders. */
    public LabelsTask(String name, MultiLabelData data) {
        super(
                name,
                data,
                TrainingDefaults.HEAD,
                Feature.HEAD,
                Feature.FOLDS,
                Feature.CLASS_WEIGHTS,
                Feature.CALIBRATION);
        task = data.task(name);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation examples, %d labels, %.2f on average",
                name(),
                data().train().size(),
                data().evaluation().size(),
                data().labels().size(),
                data().train().stream()
                        .map(MultiLabelText::labels)
                        .mapToInt(List::size)
                        .average()
                        .orElseThrow());
    }

    @Override
    protected LabelsTask with(MultiLabelData other) {
        return new LabelsTask(name(), other);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "predict 'a text'", "MultiLabelClassifier", "predict(\"a text\")");
    }

    @Override
    public String primaryMetric() {
        return MultiLabelScores.METRICS.get(0);
    }

    @Override
    public int usualLength(FrozenModel base) {
        BaseModel model = (BaseModel) base;
        HeadedModel.requireTexts(model);
        return SequenceTraining.usualLength(model, task, task.load().train());
    }

    /** Returns the scores of giving each text every label. */
    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) {
        List<Example> examples = task.load().evaluation();
        double[][] always = new double[examples.size()][task.labels().size()];
        return List.of(Baseline.everyLabel(task.evaluate(examples, always)));
    }

    @Override
    public MultiLabelClassifier train(FrozenModel base, Setup setup) throws IOException {
        MultiLabelClassifier.Training training =
                setup.apply(MultiLabelClassifier.on((BaseModel) base).name(name()));
        if (setup.calibrated()) {
            training.calibrated();
        }
        setup.outOfFold().ifPresent(training::decidedBy);
        return (setup.balancedClasses() ? training.balancedLabels() : training).train(data());
    }

    @Override
    public double[][][] probabilities(MultiLabelClassifier trained) {
        return Arrays.stream(trained.evaluated().orElseThrow())
                .map(row -> new double[][] {
                    Arrays.stream(row).map(Thresholds::probability).toArray()
                })
                .toArray(double[][][]::new);
    }

    @Override
    public Measured measure(MultiLabelClassifier model, Setup setup) {
        return measured(
                model.thresholds(),
                model.task().temperatures(),
                task.load().evaluation(),
                model.outputs(task.load().evaluation()));
    }

    @Override
    public Measured measured(MultiLabelClassifier trained) {
        return measured(
                trained.thresholds(),
                trained.task().temperatures(),
                task.load().evaluation(),
                trained.evaluated().orElseThrow());
    }

    private Measured measured(
            List<Double> thresholds, List<Double> temperatures, List<Example> examples, double[][] outputs) {
        MultiLabelScores scores = task.scores(examples, outputs, thresholds);
        return new Measured(
                scores.metrics(),
                Optional.empty(),
                Optional.of(scores),
                task.resamples(examples, outputs, thresholds),
                Optional.of(Calibration.of(task, examples, outputs, temperatures)));
    }

    /** Returns a pool whose thresholds have the largest F1 on all its rows. */
    @Override
    public Pool<MultiLabelData, MultiLabelClassifier> pool(boolean calibrated, OptionalDouble precision) {
        List<Example> examples = new ArrayList<>();
        List<double[]> outputs = new ArrayList<>();
        return new Pool<>() {
            @Override
            public int add(MultiLabelData fold, MultiLabelClassifier trained) {
                examples.addAll(fold.task(name()).load().evaluation());
                outputs.addAll(List.of(trained.evaluated().orElseThrow()));
                return fold.evaluation().size();
            }

            @Override
            public Measured measured() {
                double[][] logits = outputs.toArray(double[][]::new);
                List<Double> thresholds = task.bestThresholds(examples, logits);
                if (!calibrated) {
                    return LabelsTask.this.measured(thresholds, List.of(), examples, logits);
                }
                List<Double> temperatures = Calibration.temperatures(task, examples, logits);
                return LabelsTask.this.measured(
                        Thresholds.divided(thresholds, temperatures),
                        temperatures,
                        examples,
                        Calibration.divided(logits, temperatures));
            }
        };
    }

    static PredictionInputs inputs(Table file, List<String> labels, List<Double> thresholds, TaskOptions given)
            throws IOException {
        return file(file, given).inputs(labels, thresholds);
    }

    static EvaluationData evaluation(MultiLabelDescription task, Path file, TaskOptions given) throws IOException {
        return ClassificationTask.evaluation(
                task,
                file,
                inputs(given.formatted(given.table(file.toString())), task.labels(), task.thresholds(), given),
                "of labels");
    }

    private static LabelsTask read(TaskOptions given) throws IOException {
        MultiLabelData.FromFile file = file(given.train(), given);
        given.dev().ifPresent(file::dev);
        return new LabelsTask(MultiLabelData.NAME, file.read());
    }

    private static MultiLabelData.FromFile file(Table file, TaskOptions given) {
        MultiLabelData.FromFile data = MultiLabelData.of(file);
        given.text(data::text, data::text);
        List<String> columns = given.values(LABEL_COLUMNS);
        Optional<String> label = given.label();
        if (columns.isEmpty()) {
            return label.isEmpty() && !given.has(SEPARATOR)
                    ? data
                    : data.labels(label.orElse(COLUMN), given.value(SEPARATOR).orElse(COMMA));
        }
        Require.argument(
                label.isEmpty() && !given.has(SEPARATOR),
                "--label-columns %s: found %s as well, expected one or the other",
                String.join(",", columns),
                label.isEmpty() ? "--separator" : "--label");
        return data.labelColumns(columns);
    }
}
