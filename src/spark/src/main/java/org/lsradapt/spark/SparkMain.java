package org.lsradapt.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
import org.lsradapt.training.EvaluationResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main class for {@code spark-submit}: {@code fit} and {@code transform} of a text classifier. See docs/guides/spark.md. */
@Command(
        name = "spark",
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        description = "Trains a text classifier on Spark's executors, and classifies with it.")
public final class SparkMain implements Runnable {
    /** The column that marks rows to evaluate on. */
    private static final String VALIDATION = "lsr_validation";

    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private SparkMain(Console console) {
        this.console = console;
    }

    /**
     * Runs a command; ends the process with the command's exit code unless that is 0.
     *
     * @param args {@code fit} or {@code transform} with its options
     */
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
            description = "Trains adapters and a head on a table, and saves them as a model of Spark ML.")
    int fit(
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
                            description = "A parameter of LsrTextClassifier, such as textCol=review, epochs=3 or"
                                    + " model=hdfs://models/bert. May be repeated.")
                    Map<String, String> settings)
            throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            LsrTextClassifier estimator = new LsrTextClassifier();
            LsrTextClassifierModel model = in(() -> {
                set(estimator, settings);
                Dataset<Row> rows = SparkTables.read(spark, train);
                if (validation != null) {
                    estimator.setValidationIndicatorCol(VALIDATION);
                    rows = rows.withColumn(VALIDATION, functions.lit(false))
                            .unionByName(
                                    SparkTables.read(spark, validation).withColumn(VALIDATION, functions.lit(true)),
                                    true);
                }
                return estimator.fit(rows);
            });
            model.save(out);
            EvaluationResult best = model.training().orElseThrow().best();
            console.out().printf(Locale.ROOT, "%s in epoch %d: %s%n", out, best.epoch(), best.metrics());
        }
        return 0;
    }

    @Command(name = "transform", sortOptions = false, description = "Classifies the rows of a table.")
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
                                    "Table to write, of the form that its extension says; with vectors of logits and"
                                            + " probabilities as Parquet only.")
                    String out,
            @Option(
                            names = "--set",
                            paramLabel = "NAME=VALUE",
                            description =
                                    "A parameter of LsrTextClassifierModel, such as textCol=review. May be repeated.")
                    Map<String, String> settings)
            throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
            return in(() -> {
                LsrTextClassifierModel loaded = LsrTextClassifierModel.ofFolderOrSaved(model);
                if (SparkTables.format(out).isPresent()) {
                    loaded.setRawPredictionCol("").setProbabilityCol("");
                }
                set(loaded, settings);
                SparkTables.write(loaded.transform(SparkTables.read(spark, data)), out);
                return 0;
            });
        }
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
