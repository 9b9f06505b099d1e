package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.spark.internal.AdapterFiles;
import org.lsradapt.spark.internal.BaseReference;
import org.lsradapt.spark.internal.ReplicaLosses;
import org.lsradapt.spark.internal.SparkPasses;
import org.lsradapt.spark.internal.Unchecked;
import org.lsradapt.spark.internal.WorkerModels;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains adapters, and a head if the task has one, data-parallel on the executors.
 *
 * <p>The driver tokenizes the texts and keeps them; each step's share of them travels with the parameters. The result equals
 * that of a training on one machine on the same rows in the same order with the same settings, up to the rounding of sums.
 * For a given number of {@link #setShares shares} it is bit-identical for any number of executors and any repetition of
 * tasks. Without {@link #setValidationIndicatorCol} a tenth is held out to choose the best epoch.
 */
// JDK 25 warns of each field whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public abstract class LsrEstimator<E extends LsrEstimator<E, M>, M extends LsrModel<M>> extends Estimator<M>
        implements LsrStage<E>, DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    /** LoRA's scaling α/r, as in the command line. */
    private static final int LORA_SCALING = 4;

    private static final int LORA_RANK = 8;

    private static final StageColumn VALIDATION =
            StageColumn.optional("validationIndicatorCol", "validation column", StageColumn.Kind.FLAG);

    private final String uid;
    private final StageParams params;

    LsrEstimator(String uid) {
        this.uid = uid;
        params = new StageParams(this);
        setDefault(params.<String>get("model"), "minilm");
        kind().rows().declare(params);
        params.text(
                "validationIndicatorCol", "column that is true for rows to evaluate on; empty to hold some out", "");
        params.text(
                "from",
                "folder of adapters to train further with a new head, on any Hadoop file system; empty for fresh ones",
                "");
        params.text("method", "the adapters: lsr or lora", "lsr");
        params.integer("bottleneckRank", "r of LSR or of LoRA; by default 4 and 8");
        params.integer("separationRank", "s, the Kronecker terms of a sum; by default 16");
        params.text("targets", "layers to adapt: all-linear, or suffixes of names; by default query and value");
        params.integer("maxLength", "longest input in tokens");
        params.integer("epochs", "passes over the training rows; by default as many as on one machine");
        params.integer("batchSize", "rows per step, of all executors together");
        params.real("learningRate", "learning rate of the adapters");
        params.real("dropout", "dropout of the adapters' inputs");
        params.integer("patience", "epochs without a better evaluation after which it ends; 0 for all");
        params.longInteger("seed", "seed of the adapters, the head, the order and what is held out");
        params.integer("shares", "tasks per step, on which the rounding depends; 0 for Spark's default parallelism", 0);
        params.text(
                "checkpointDir",
                "folder of one training, on any Hadoop file system, to go on from; empty for none",
                "");
        params.integer(
                "checkpointEvery",
                "steps from checkpoint to checkpoint; 0 for the end of epochs and about once a minute",
                0);
    }

    final void declareHead() {
        params.real("headLearningRate", "learning rate of the head");
        params.integer("headSteps", "steps of the head alone, before the adapters are trained");
    }

    abstract LsrModel.Kind<M> kind();

    /** The columns that are learned, without the one for validation. */
    abstract List<StageColumn> learned();

    /**
     * Makes the data of a training.
     *
     * @param train rows of the {@link #learned} columns that are named, numbers as doubles, without null values
     * @param dev rows to evaluate on; empty to hold some out
     */
    abstract Lesson<?> lesson(List<Row> train, Optional<List<Row>> dev);

    /**
     * The data of a training, and how they are learned.
     *
     * @param labelled the number of examples with labels, few of which get more epochs; empty without labels
     * @param setup begins the setup of a training
     * @param losses how executors compute losses
     */
    record Lesson<T extends FineTuning<T, BaseModel>>(
            TrainingDefaults defaults,
            OptionalInt labelled,
            Function<BaseModel, T> setup,
            Training<T> train,
            ReplicaLosses losses) {}

    /** Trains on data. */
    @FunctionalInterface
    interface Training<T> {
        FineTunedModel on(T setup) throws IOException;
    }

    @Override
    public Param<?>[] params() {
        return params.all();
    }

    @Override
    public String uid() {
        return uid;
    }

    final StageParams stageParams() {
        return params;
    }

    /** The learning rate of the adapters, for a grid of values. */
    public DoubleParam learningRate() {
        return doubleParam("learningRate");
    }

    /** The column that is true for rows to evaluate on; empty, the default, holds a tenth out. */
    public E setValidationIndicatorCol(String value) {
        return setParam("validationIndicatorCol", value);
    }

    /** The adapters: lsr, the default, or lora. */
    public E setMethod(String value) {
        return setParam("method", value);
    }

    /**
     * The folder of adapters to train further, as for {@link FineTuning#from}, on any Hadoop file system; empty, the default,
     * for new ones.
     */
    public E setFrom(String value) {
        return setParam("from", value);
    }

    /** The number of passes over the training rows; by default that of a training on one machine. */
    public E setEpochs(int value) {
        return setParam("epochs", value);
    }

    /** The number of rows per step, over all executors. */
    public E setBatchSize(int value) {
        return setParam("batchSize", value);
    }

    /** The learning rate of the adapters. */
    public E setLearningRate(double value) {
        return setParam("learningRate", value);
    }

    /** The seed of the adapters, the head, the order of rows and the held-out rows. */
    public E setSeed(long value) {
        return setParam("seed", value);
    }

    /** The number of tasks per step, on which the rounding depends; 0, the default, for Spark's default parallelism. */
    public E setShares(int value) {
        Require.argument(value >= 0, "shares is %d, expected 0 or more", value);
        return setParam("shares", value);
    }

    /** The folder of one training, on any Hadoop file system, from which it resumes after a crash; empty for none. */
    public E setCheckpointDir(String value) {
        return setParam("checkpointDir", value);
    }

    /**
     * Trains the model. Blocks until the training has ended; the driver's log shows the progress.
     *
     * @throws IllegalArgumentException if a column, a value or a parameter is not as expected
     * @throws UncheckedIOException if a file of the base model or a checkpoint cannot be read or written
     */
    @Override
    public M fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        Lesson<?> lesson = read(dataset);
        return Unchecked.io(() -> train(dataset, lesson));
    }

    private Lesson<?> read(Dataset<?> dataset) {
        List<StageColumn> columns = Stream.concat(learned().stream(), Stream.of(VALIDATION))
                .filter(column -> params.column(column.param()).isPresent())
                .toList();
        Column[] wanted = columns.stream()
                .map(column -> column(dataset, params.value(column.param())))
                .toArray(Column[]::new);
        boolean divided = params.column(VALIDATION.param()).isPresent();
        List<Row> train = new ArrayList<>();
        List<Row> dev = new ArrayList<>();
        for (Row row : dataset.toDF().select(wanted).collectAsList()) {
            for (int i = 0; i < row.length(); i++) {
                StageColumn.requireNoNull(row, i, params.value(columns.get(i).param()), "");
            }
            (divided && row.getBoolean(row.length() - 1) ? dev : train).add(row);
        }
        return lesson(train, divided ? Optional.of(dev) : Optional.empty());
    }

    /** A column, whose name may contain dots and backticks, with numbers as doubles. */
    static Column column(Dataset<?> dataset, String name) {
        Column column = quoted(name);
        return dataset.schema().apply(name).dataType() instanceof NumericType
                ? column.cast(DataTypes.DoubleType)
                : column;
    }

    static Column quoted(String name) {
        return functions.col("`" + name.replace("`", "``") + "`");
    }

    private M train(Dataset<?> dataset, Lesson<?> lesson) throws IOException {
        String from = params.value("from");
        if (from.isEmpty()) {
            return train(dataset, lesson, Optional.empty());
        }
        for (String chosen : List.of("method", "bottleneckRank", "separationRank", "targets")) {
            Require.argument(
                    !isSet(getParam(chosen)),
                    "%s is set, expected not together with from, whose adapters have their own settings and layers",
                    chosen);
        }
        AdapterFiles files = AdapterFiles.read(
                new org.apache.hadoop.fs.Path(from),
                dataset.sparkSession().sparkContext().hadoopConfiguration());
        return files.inFolder(folder -> train(dataset, lesson, Optional.of(folder)));
    }

    private <T extends FineTuning<T, BaseModel>> M train(Dataset<?> dataset, Lesson<T> lesson, Optional<Path> from)
            throws IOException {
        JavaSparkContext spark =
                JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
        BaseReference reference = params.base();
        BaseModel base = WorkerModels.base(reference);
        T training = lesson.setup.apply(base);
        AdapterConfig adapters = from.isPresent() ? kind(from.get()) : adapters();
        if (from.isPresent()) {
            training.from(from.get());
        } else {
            training.adapters(adapters);
        }
        TrainingConfig config = config(lesson, adapters, base);
        training.config(config);
        params.ifDefined("maxLength", training::maxLength);
        params.<String>ifDefined("targets", names -> training.targets(layers(names)));
        String checkpoints = params.value("checkpointDir");
        if (!checkpoints.isEmpty()) {
            HadoopStore store = new HadoopStore(checkpoints, spark.hadoopConfiguration());
            training.checkpoints(Checkpoints.in(store).every(params.value("checkpointEvery")));
        }
        int shares = params.value("shares");
        try (SparkPasses passes = new SparkPasses(
                        spark,
                        reference,
                        base,
                        lesson.losses,
                        config,
                        shares == 0 ? spark.defaultParallelism() : shares,
                        SparkPasses.DIRECT);
                FineTunedModel trained = lesson.train.on(training.passes(passes).initialization(passes::adapters))) {
            AdapterFiles files = AdapterFiles.of(trained::save);
            LsrModel.State state = LsrModel.State.of(
                    uid,
                    LsrModel.card(files, uid).task(),
                    Map.of(LsrModel.TRAINED, files),
                    trained.training().orElseThrow());
            return copyValues(kind().make().apply(state), ParamMap.empty()).setParent(this);
        }
    }

    private static AdapterConfig kind(Path folder) throws IOException {
        return AdapterFolder.configs(folder).values().iterator().next();
    }

    private AdapterConfig adapters() {
        String method = params.value("method");
        switch (method) {
            case "lsr" -> {
                LsrConfig.Builder config = LsrConfig.builder();
                params.ifDefined("seed", config::seed);
                params.ifDefined("bottleneckRank", config::bottleneckRank);
                params.ifDefined("separationRank", config::separationRank);
                return config.build();
            }
            case "lora" -> {
                Require.argument(
                        params.ifDefined("separationRank").isEmpty(),
                        "separationRank is set, expected not with method lora");
                int r = params.<Integer>ifDefined("bottleneckRank").orElse(LORA_RANK);
                LsrConfig lora = LsrConfig.lora(r, LORA_SCALING * r);
                return params.<Long>ifDefined("seed").map(lora::withSeed).orElse(lora);
            }
            default -> throw new IllegalArgumentException("method is '" + method + "', expected lsr or lora");
        }
    }

    private static LayerSelector layers(String names) {
        return names.equals("all-linear")
                ? LayerSelector.allLinear()
                : LayerSelector.suffixes(List.of(names.split(",", -1)));
    }

    private TrainingConfig config(Lesson<?> lesson, AdapterConfig adapters, BaseModel base) {
        TrainingConfig.Builder config = forModel(lesson.defaults.config(adapters), base).toBuilder();
        params.ifDefined("batchSize", config::batchSize);
        params.ifDefined("learningRate", config::learningRate);
        if (hasParam("headSteps")) {
            params.ifDefined("headLearningRate", config::headLearningRate);
            params.ifDefined("headSteps", config::headSteps);
        }
        params.ifDefined("dropout", config::dropout);
        params.ifDefined("patience", config::patience);
        params.ifDefined("seed", config::seed);
        TrainingConfig chosen = config.build();
        int usual = lesson.labelled.isPresent()
                ? TrainingDefaults.epochs(lesson.labelled.getAsInt(), chosen.batchSize())
                : chosen.epochs();
        return config.epochs(params.<Integer>ifDefined("epochs").orElse(usual)).build();
    }

    TrainingConfig forModel(TrainingConfig usual, BaseModel base) {
        return usual;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        learned().forEach(column -> column.require(schema, params));
        VALIDATION.require(schema, params);
        return kind().rows().append(schema, params);
    }

    @Override
    @SuppressWarnings("unchecked")
    public E copy(ParamMap extra) {
        return (E) defaultCopy(extra);
    }
}
