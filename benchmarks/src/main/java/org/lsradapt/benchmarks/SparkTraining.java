package org.lsradapt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.spark.LsrTextClassifier;
import org.lsradapt.spark.LsrTextClassifierModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;

/**
 * One training of a task, in this process or on the executors of the Spark that submits it: seconds per epoch and step, metrics,
 * and what went over the loopback device. {@code spark-training.sh} runs it both ways.
 */
public final class SparkTraining {
    private static final Path DEVICES = Path.of("/proc/net/dev");
    private static final String SECOND = "second";

    private SparkTraining() {}

    /**
     * Trains.
     *
     * @param args {@code local|spark MODEL TASK DIR|- EPOCHS EXAMPLES [BATCH]}
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] args) throws IOException {
        String model = args[1];
        Task task = Tasks.named(args[2]);
        LabelledData all = task.needsFolder() ? task.load(Path.of(args[3])) : task.load();
        int epochs = Integer.parseInt(args[4]);
        int examples = Integer.parseInt(args[5]);
        int batch = args.length > 6 ? Integer.parseInt(args[6]) : 32;
        List<Example> train =
                all.train().subList(0, Math.min(examples, all.train().size()));
        List<Example> dev =
                all.evaluation().subList(0, Math.min(examples, all.evaluation().size()));
        long before = loopback();
        TrainingResult result = args[0].equals("local")
                ? local(model, task, train, dev, epochs, batch)
                : onSpark(model, train, dev, epochs, batch);
        double bytes = loopback() - before;
        int from = 0;
        for (EvaluationResult epoch : result.evaluations()) {
            int steps = epoch.step() - from;
            from = epoch.step();
            System.out.printf(
                    Locale.ROOT,
                    "%s %s %s epoch %d: %.2f s, %.1f ms per step of %d, loss %.6f, %s%n",
                    args[0],
                    model,
                    args[2],
                    epoch.epoch(),
                    epoch.seconds(),
                    1000 * epoch.seconds() / steps,
                    steps,
                    epoch.loss(),
                    epoch.metrics());
        }
        System.out.printf(Locale.ROOT, "%s: %.0f kB per step over the loopback device%n", args[0], bytes / from / 1000);
    }

    private static TrainingResult local(
            String model, Task task, List<Example> train, List<Example> dev, int epochs, int batch) throws IOException {
        LabelledData data = LabelledData.classification(
                        train.stream().map(SparkTraining::labelled).toList())
                .classes(IntStream.range(0, task.labels().size())
                        .mapToObj(String::valueOf)
                        .toList())
                .dev(dev.stream().map(SparkTraining::labelled).toList())
                .read();
        try (TextClassifier classifier = TextClassifier.on(model)
                .config(FineTuning.defaultConfig(LsrConfig.defaults()).toBuilder()
                        .epochs(epochs)
                        .batchSize(batch)
                        .headSteps(0)
                        .build())
                .train(data)) {
            return classifier.training().orElseThrow();
        }
    }

    private static LabelledText labelled(Example example) {
        return new LabelledText(
                example.first(), Optional.ofNullable(example.second()), String.valueOf(example.category()));
    }

    private static TrainingResult onSpark(String model, List<Example> train, List<Example> dev, int epochs, int batch)
            throws IOException {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            LsrTextClassifier estimator = new LsrTextClassifier()
                    .setModel(model)
                    .setValidationIndicatorCol("dev")
                    .setEpochs(epochs)
                    .setBatchSize(batch)
                    .setParam("headSteps", 0);
            if (train.get(0).second() != null) {
                estimator.setSecondTextCol(SECOND);
            }
            LsrTextClassifierModel fitted = estimator.fit(rows(spark, train, dev));
            return fitted.training().orElseThrow();
        }
    }

    private static Dataset<Row> rows(SparkSession spark, List<Example> train, List<Example> dev) {
        StructType schema = new StructType()
                .add("text", DataTypes.StringType)
                .add(SECOND, DataTypes.StringType)
                .add("label", DataTypes.IntegerType)
                .add("dev", DataTypes.BooleanType);
        List<Row> rows = new ArrayList<>();
        train.forEach(example -> rows.add(row(example, false)));
        dev.forEach(example -> rows.add(row(example, true)));
        return spark.createDataFrame(rows, schema);
    }

    private static Row row(Example example, boolean dev) {
        return RowFactory.create(example.first(), example.second(), example.category(), dev);
    }

    /** Bytes received by the loopback device since the machine started; 0 where that cannot be read. */
    private static long loopback() throws IOException {
        if (!Files.isReadable(DEVICES)) {
            return 0;
        }
        return Files.readAllLines(DEVICES).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("lo:"))
                .mapToLong(line -> Long.parseLong(line.substring(3).strip().split("\\s+")[0]))
                .sum();
    }
}
