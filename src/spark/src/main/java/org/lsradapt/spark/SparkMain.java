package org.lsradapt.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.jspecify.annotations.Nullable;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.Failures;
import org.lsradapt.lsr.internal.Causes;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.TrainingResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main class for {@code spark-submit}: {@code fit} and {@code transform} of any of the stages. See docs/guides/spark.md. */
@Command(
        name = "spark",
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        description = "Trains adapters on Spark's executors, and scores tables with them.")
public final class SparkMain implements Runnable {
    private static final String VALIDATION = "lsr_validation";

    private static final Map<String, Supplier<? extends Estimator<? extends LsrModel<?>>>> ESTIMATORS = Map.of(
            "classify", LsrTextClassifier::new,
            "pairs", LsrEmbedder::new,
            "rerank", LsrReranker::new,
            "tokens", LsrTagger::new,
            "keys", LsrKeyedClassifier::new);

    private static final List<LsrModel.Kind<?>> MODELS =
            List.of(LsrTextClassifierModel.KIND, LsrEmbedderModel.KIND, LsrRerankerModel.KIND, LsrTaggerModel.KIND);

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private SparkMain(Console console) {
        this.console = console;
    }

    /** Runs {@code fit} or {@code transform}, and ends the process with the exit code unless that is 0. */
    public static void main(String[] args) {
        int code = run(args, Console.system());
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(String[] args, Console console) {
        CommandLine line = new CommandLine(new SparkMain(console))
                .setOut(new PrintWriter(console.out(), true, Charset.defaultCharset()))
                .setErr(new PrintWriter(console.err(), true, Charset.defaultCharset()));
        new Failures(console.err()).handle(line);
        return line.execute(args);
    }

    /** Called if there are options but no command. */
    @Override
    public void run() {
        Failures.requireCommand(spec.commandLine());
    }

    @Command(
            name = "fit",
            sortOptions = false,
            description = "Trains adapters on a table, and saves them as a model of Spark ML.")
    int fit(
            @Option(
                            names = "--task",
                            paramLabel = "TASK",
                            defaultValue = "classify",
                            description = "classify (LsrTextClassifier), pairs (LsrEmbedder), rerank (LsrReranker),"
                                    + " tokens (LsrTagger), or keys (LsrKeyedClassifier). Default: classify.")
                    String task,
            @Option(
                            names = "--train",
                            required = true,
                            paramLabel = "PATH",
                            description =
                                    "Table to train on: .csv and .tsv with a header, .json and .jsonl with an object per"
                                            + " line, or Parquet; a path or URI of any file system that Spark reads.")
                    String train,
            @Option(
                            names = "--validation",
                            paramLabel = "PATH",
                            description = "Table to evaluate on. Without: a tenth of the other is held out.")
                    String validation,
            @Option(
                            names = "--out",
                            required = true,
                            paramLabel = "PATH",
                            description = "Where the model is saved; must not be there.")
                    String out,
            @Option(
                            names = "--set",
                            paramLabel = "NAME=VALUE",
                            description = "A parameter of the task's stage, such as textCol=review, epochs=3 or"
                                    + " model=hdfs://models/bert. May be repeated.")
                    Map<String, String> settings)
            throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            LsrModel<?> model = in(() -> {
                Estimator<? extends LsrModel<?>> estimator = estimator(task);
                set(estimator, settings);
                Dataset<Row> rows = SparkTables.read(spark, train);
                if (validation != null) {
                    if (!estimator.hasParam("validationIndicatorCol")) {
                        throw new BadInput("--validation: task " + task + " holds out rows of each key, expected none");
                    }
                    set(estimator, estimator.getParam("validationIndicatorCol"), VALIDATION);
                    rows = rows.withColumn(VALIDATION, functions.lit(false))
                            .unionByName(
                                    SparkTables.read(spark, validation).withColumn(VALIDATION, functions.lit(true)),
                                    true);
                }
                return estimator.fit(rows);
            });
            model.save(out);
            console.out()
                    .println(model.training()
                            .map(TrainingResult::best)
                            .map(best ->
                                    String.format(Locale.ROOT, "%s in epoch %d: %s", out, best.epoch(), best.metrics()))
                            .orElse(out));
        }
        return 0;
    }

    @Command(name = "transform", sortOptions = false, description = "Scores the rows of a table.")
    int transform(
            @Option(
                            names = "--model",
                            required = true,
                            paramLabel = "PATH",
                            description = "A model that fit saved, or an adapter's folder that finetune saved.")
                    String model,
            @Option(names = "--data", required = true, paramLabel = "PATH", description = "Table of texts, as of fit.")
                    String data,
            @Option(
                            names = "--out",
                            required = true,
                            paramLabel = "PATH",
                            description =
                                    "Table to write, of the form that its extension says; a classifier's vectors of logits"
                                            + " and probabilities as Parquet only, arrays not as CSV or TSV.")
                    String out,
            @Option(
                            names = "--set",
                            paramLabel = "NAME=VALUE",
                            description = "A parameter of the model, such as textCol=review. May be repeated.")
                    Map<String, String> settings)
            throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            return in(() -> {
                LsrModel<?> loaded = model(model);
                if (SparkTables.format(out).isPresent() && loaded instanceof LsrTextClassifierModel classifier) {
                    classifier.setRawPredictionCol("").setProbabilityCol("");
                }
                set(loaded, settings);
                SparkTables.write(loaded.transform(SparkTables.read(spark, data)), out);
                return 0;
            });
        }
    }

    private static Estimator<? extends LsrModel<?>> estimator(String task) {
        if (!ESTIMATORS.containsKey(task)) {
            throw new BadInput("--task " + task + ": expected one of " + new TreeSet<>(ESTIMATORS.keySet()));
        }
        return ESTIMATORS.get(task).get();
    }

    /** Loads what fit saved, or an adapter's folder, of any kind. */
    private static LsrModel<?> model(String folder) {
        if (LsrModel.isSaved(folder)) {
            String type = LsrModel.savedClass(folder);
            return kind(folder, type, kind -> kind.type().getName().equals(type))
                    .reader()
                    .load(folder);
        }
        TaskDescription task = LsrModel.card(LsrModel.files(folder), folder).task();
        return kind(folder, task.kind(), kind -> kind.task().isInstance(task)).ofFolder(folder);
    }

    private static LsrModel.Kind<?> kind(String folder, String found, Predicate<LsrModel.Kind<?>> fits) {
        return MODELS.stream()
                .filter(fits)
                .findFirst()
                .orElseThrow(() -> new BadInput(folder + ": holds a " + found + ", expected one of "
                        + MODELS.stream().map(LsrModel.Kind::expected).toList()));
    }

    private static void set(Params stage, @Nullable Map<String, String> settings) {
        if (settings == null) {
            return;
        }
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            if (!stage.hasParam(setting.getKey())) {
                throw new BadInput("--set " + setting.getKey() + ": there is no such parameter, expected one of "
                        + List.of(stage.params()).stream().map(Param::name).toList());
            }
            set(stage, stage.getParam(setting.getKey()), setting.getValue());
        }
    }

    @SuppressWarnings("unchecked")
    private static void set(Params stage, Param<Object> parameter, String value) {
        boolean plain = parameter instanceof IntParam
                || parameter instanceof LongParam
                || parameter instanceof DoubleParam
                || (Param<?>) parameter instanceof BooleanParam;
        try {
            stage.set(parameter, plain ? parameter.jsonDecode(value) : value);
        } catch (Exception e) {
            // Scala code throws Jackson's exceptions without declaring them.
            throw new BadInput(
                    "--set " + parameter.name() + "=" + value + ": expected " + StageParams.expected(parameter));
        }
    }

    /** Runs a step that may start jobs, and unwraps the exceptions with which tasks reject a user's mistakes. */
    private static <T> T in(Callable<T> step) throws Exception {
        try {
            return step.call();
        } catch (Exception e) {
            Optional<IllegalArgumentException> refused = Causes.first(e, IllegalArgumentException.class);
            Optional<IOException> failed = Causes.first(e, IOException.class);
            throw refused.isPresent()
                    ? new BadInput(refused.get().getMessage())
                    : failed.isPresent()
                            ? failed.get()
                            : e instanceof AnalysisException ? new BadInput(e.getMessage()) : e;
        }
    }
}
