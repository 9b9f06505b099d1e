package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.training.Predictions;

/** Examples with labels, which are compared with a model's outputs. */
public abstract class LabelledTask<M extends FineTunedModel> extends TrainingTask<LabelledData, M> {

    /** Creates a task from its data. */
    public LabelledTask(LabelledData data, TrainingDefaults defaults, Feature... features) {
        super(data.task().name(), data, defaults, features);
    }

    /** Describes a type of tasks on a table of texts, or pairs of texts, with one label each. */
    protected static TaskType.Builder ofTexts(String name, TaskOption... further) {
        return TaskType.named(name)
                .options(TaskOption.TRAIN, TaskOption.DEV, TaskOption.EXAMPLES)
                .columns(TaskOption.TEXT, TaskOption.LABEL, TaskOption.FORMAT)
                .options(further)
                .check(LabelledTask::check);
    }

    /** Checks the options of such a type. */
    protected static void check(TaskOptions given) {
        given.requireOneFile();
        given.requireTexts(1, 2);
    }

    /** Sets the columns and the format of files. */
    protected static LabelledData.FromFiles described(LabelledData.FromFiles files, TaskOptions given) {
        given.text(files::text, files::text);
        given.label().ifPresent(files::label);
        return files;
    }

    /** Reads the data of such a type. */
    protected static LabelledData read(LabelledData.FromFiles train, TaskOptions given) throws IOException {
        LabelledData.FromFiles files = described(train, given);
        given.dev().ifPresent(files::dev);
        return files.read();
    }

    /** Returns the labels and metrics. */
    protected final Task task() {
        return data().task();
    }

    @Override
    public final String title() {
        return task().title();
    }

    @Override
    public final String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %d training and %d evaluation examples, %s",
                name(),
                data().train().size(),
                data().evaluation().size(),
                task().labelType() == Label.Value.class
                        ? "a number to predict"
                        : String.format(
                                Locale.ROOT,
                                "%d classes, majority class %.4f",
                                task().labels().size(),
                                LabelledData.majorityBaseline(data().evaluation())));
    }

    @Override
    public final OptionalInt labelled() {
        return OptionalInt.of(data().train().size());
    }

    @Override
    public final String primaryMetric() {
        return task().primaryMetric();
    }

    /** Returns the probabilities of the classes for each row, which is one cell. */
    protected final double[][][] ofClasses(double[][] outputs) {
        return Arrays.stream(outputs)
                .map(row -> new double[][] {
                    Classification.of(row, task().labels()).probabilities().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray()
                })
                .toArray(double[][][]::new);
    }

    /** Adds the texts of the examples, or the locations of images, to the predictions in a report. */
    protected Predictions shown(Predictions all, List<Example> examples) {
        return all.ofTexts(examples.stream().map(LabelledTask::text).toList());
    }

    private static String text(Example example) {
        return example.second() == null ? example.first() : example.first() + " / " + example.second();
    }

    /** Returns the metrics of always predicting the most frequent class. */
    protected final Baseline majorityClass() {
        List<Example> examples = data().evaluation();
        double[] answer = new double[task().outputWidth()];
        answer[LabelledData.majorityClass(examples)] = 1;
        return Baseline.majorityClass(task().evaluate(
                        examples, examples.stream().map(example -> answer).toArray(double[][]::new)));
    }

    /** Measures outputs for the evaluation data. */
    protected final Measured measured(double[][] outputs) {
        return measured(outputs, List.of());
    }

    /** Measures outputs for the evaluation data, which are divided by temperatures if there are any. */
    protected final Measured measured(double[][] outputs, List<Double> temperatures) {
        return measured(data().evaluation(), outputs, temperatures);
    }

    private Measured measured(List<Example> examples, double[][] outputs, List<Double> temperatures) {
        Optional<Predictions> predictions = Predictions.of(task(), examples, outputs);
        return new Measured(
                task().evaluate(examples, outputs),
                predictions.map(all -> shown(all, examples)),
                Optional.empty(),
                task().resamples(examples, outputs),
                predictions.map(any -> Calibration.of(task(), examples, outputs, temperatures)));
    }

    /** Rows with their outputs. */
    protected final class Rows implements Pool<LabelledData, M> {
        private final Function<M, double[][]> evaluated;
        private final boolean calibrated;
        private final OptionalDouble precision;
        private final List<Example> examples = new ArrayList<>();
        private final List<double[]> outputs = new ArrayList<>();

        /** Creates an empty pool; the function returns the outputs of a trained model for its evaluation rows. */
        public Rows(Function<M, double[][]> evaluated, boolean calibrated, OptionalDouble precision) {
            this.evaluated = evaluated;
            this.calibrated = calibrated;
            this.precision = precision;
        }

        @Override
        public int add(LabelledData fold, M trained) {
            examples.addAll(fold.evaluation());
            outputs.addAll(List.of(evaluated.apply(trained)));
            return fold.evaluation().size();
        }

        @Override
        public Measured measured() {
            double[][] logits = outputs.toArray(double[][]::new);
            List<Double> temperatures = calibrated ? Calibration.temperatures(task(), examples, logits) : List.of();
            double[][] divided = temperatures.isEmpty() ? logits : Calibration.divided(logits, temperatures);
            Measured all = LabelledTask.this.measured(examples, divided, temperatures);
            return precision.isEmpty() ? all : all.with(Abstention.choose(precision.getAsDouble(), examples, divided));
        }
    }
}
