package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains adapters and a head to classify texts, data-parallel on the executors: the Spark ML stage for
 * {@link TextClassifier}.
 *
 * <pre>{@code
 * LsrTextClassifierModel model = new LsrTextClassifier().setModel("minilm").setTextCol("review").setLabelCol("opinion")
 *         .fit(reviews);
 * model.transform(others).select("review", "predictedLabel", "probability").show();
 * }</pre>
 *
 * <p>The driver tokenizes the texts and keeps them; each step's share of them travels with the parameters. The result equals
 * that of {@link TextClassifier} on the same rows in the same order with the same settings, up to the rounding of sums. For
 * a given number of {@link #setShares shares} it is bit-identical for any number of executors and any repetition of tasks.
 *
 * <p>The label column holds class names or, like Spark's own stages, class indexes 0, 1, … Without
 * {@link #setValidationIndicatorCol} a tenth of the rows is held out to choose the best epoch.
 */
// JDK 25 warns of each field whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public final class LsrTextClassifier extends Estimator<LsrTextClassifierModel>
        implements TextClassifierParams<LsrTextClassifier>, DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    /** LoRA's scaling α/r, as in the command line. */
    private static final int LORA_SCALING = 4;

    private static final int LORA_RANK = 8;

    private static final int MOST_CLASSES = 10_000;

    private final String uid;
    private final StageParams params;

    /** Creates a stage with the default parameters and a random uid. */
    public LsrTextClassifier() {
        this(Identifiable$.MODULE$.randomUID("lsrTextClassifier"));
    }

    /**
     * Creates a stage with the default parameters; Spark copies and reads stages with this constructor.
     *
     * @param uid the stage's unique id
     */
    public LsrTextClassifier(String uid) {
        this.uid = uid;
        params = new StageParams(this);
        setDefault(params.<String>get("model"), "minilm");
        params.text("labelCol", "column of the class, by name or index", "label");
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
        params.integer("epochs", "passes over the training rows; by default 5, more for few rows");
        params.integer("batchSize", "rows per step, of all executors together");
        params.real("learningRate", "learning rate of the adapters");
        params.real("headLearningRate", "learning rate of the head");
        params.integer("headSteps", "steps of the head alone, before the adapters are trained");
        params.real("dropout", "dropout of the adapters' inputs");
        params.integer("patience", "epochs without a better evaluation after which it ends; 0 for all");
        params.longInteger("seed", "seed of the adapters, the head, the order and what is held out");
        params.flag("balancedClasses", "whether rare classes weigh as much as frequent ones");
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

    @Override
    public Param<?>[] params() {
        return params.all();
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The learning rate of the adapters, for a grid of values. */
    public DoubleParam learningRate() {
        return doubleParam("learningRate");
    }

    /** The column of the class, by name or index; "label" by default. */
    public LsrTextClassifier setLabelCol(String value) {
        return setParam("labelCol", value);
    }

    /** The column that is true for rows to evaluate on; empty, the default, holds a tenth out. */
    public LsrTextClassifier setValidationIndicatorCol(String value) {
        return setParam("validationIndicatorCol", value);
    }

    /** The adapters: lsr, the default, or lora. */
    public LsrTextClassifier setMethod(String value) {
        return setParam("method", value);
    }

    /**
     * The folder of adapters to train further, as for {@link TextClassifier.Training#from}, on any Hadoop file system;
     * empty, the default, for new ones.
     */
    public LsrTextClassifier setFrom(String value) {
        return setParam("from", value);
    }

    /** The number of passes over the training rows; see {@link TrainingDefaults#epochs}. */
    public LsrTextClassifier setEpochs(int value) {
        return setParam("epochs", value);
    }

    /** The number of rows per step, over all executors. */
    public LsrTextClassifier setBatchSize(int value) {
        return setParam("batchSize", value);
    }

    /** The learning rate of the adapters. */
    public LsrTextClassifier setLearningRate(double value) {
        return setParam("learningRate", value);
    }

    /** The seed of the adapters, the head, the order of rows and the held-out rows. */
    public LsrTextClassifier setSeed(long value) {
        return setParam("seed", value);
    }

    /** The number of tasks per step, on which the rounding depends; 0, the default, for Spark's default parallelism. */
    public LsrTextClassifier setShares(int value) {
        Require.argument(value >= 0, "shares is %d, expected 0 or more", value);
        return setParam("shares", value);
    }

    /** The folder of one training, on any Hadoop file system, from which it resumes after a crash; empty for none. */
    public LsrTextClassifier setCheckpointDir(String value) {
        return setParam("checkpointDir", value);
    }

    /**
     * Trains the model. Blocks until the training has ended; the driver's log shows the progress.
     *
     * @throws IllegalArgumentException if a column, a value or a parameter is not as expected
     * @throws UncheckedIOException if a file of the base model or a checkpoint cannot be read or written
     */
    @Override
    public LsrTextClassifierModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        LabelledData data = read(dataset);
        return Unchecked.io(() -> train(dataset, data));
    }

    private LsrTextClassifierModel train(Dataset<?> dataset, LabelledData data) throws IOException {
        String from = params.value("from");
        if (from.isEmpty()) {
            return train(dataset, data, Optional.empty());
        }
        for (String chosen : List.of("method", "bottleneckRank", "separationRank", "targets")) {
            Require.argument(
                    !isSet(getParam(chosen)),
                    "%s is set, expected not together with from, whose adapters have their own settings and layers",
                    chosen);
        }
        AdapterFiles files = AdapterFiles.read(
                new Path(from), dataset.sparkSession().sparkContext().hadoopConfiguration());
        return files.inFolder(folder -> train(dataset, data, Optional.of(folder)));
    }

    private LsrTextClassifierModel train(Dataset<?> dataset, LabelledData data, Optional<java.nio.file.Path> from)
            throws IOException {
        JavaSparkContext spark =
                JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
        BaseReference reference = params.base();
        BaseModel base = WorkerModels.base(reference);
        TextClassifier.Training training = TextClassifier.on(base);
        AdapterConfig adapters = adapters();
        if (from.isPresent()) {
            training.from(from.get());
            adapters = kind(from.get());
        } else {
            training.adapters(adapters);
        }
        TrainingConfig config = config(adapters, data.train().size());
        training.config(config);
        int shares = params.value("shares");
        params.ifDefined("maxLength", training::maxLength);
        params.<String>ifDefined("targets", names -> training.targets(layers(names)));
        if (params.<Boolean>value("balancedClasses")) {
            training.balancedClasses();
        }
        String checkpoints = params.value("checkpointDir");
        if (!checkpoints.isEmpty()) {
            HadoopStore store = new HadoopStore(checkpoints, spark.hadoopConfiguration());
            training.checkpoints(Checkpoints.in(store).every(params.value("checkpointEvery")));
        }
        try (SparkPasses passes = new SparkPasses(
                        spark,
                        reference,
                        base,
                        config,
                        shares == 0 ? spark.defaultParallelism() : shares,
                        SparkPasses.DIRECT);
                TextClassifier trained =
                        training.passes(passes).initialization(passes::adapters).train(data)) {
            TreeMap<String, AdapterFiles> files = new TreeMap<>();
            files.put(LsrTextClassifierModel.TRAINED, AdapterFiles.of(trained::save));
            LsrTextClassifierModel result = new LsrTextClassifierModel(
                    uid, trained.task(), files, trained.training().orElseThrow());
            return copyValues(result, ParamMap.empty()).setParent(this);
        }
    }

    private static AdapterConfig kind(java.nio.file.Path folder) throws IOException {
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

    private TrainingConfig config(AdapterConfig adapters, int examples) {
        TrainingConfig.Builder config = FineTuning.defaultConfig(adapters).toBuilder();
        params.ifDefined("batchSize", config::batchSize);
        params.ifDefined("learningRate", config::learningRate);
        params.ifDefined("headLearningRate", config::headLearningRate);
        params.ifDefined("headSteps", config::headSteps);
        params.ifDefined("dropout", config::dropout);
        params.ifDefined("patience", config::patience);
        params.ifDefined("seed", config::seed);
        int usual = TrainingDefaults.epochs(examples, config.build().batchSize());
        return config.epochs(params.<Integer>ifDefined("epochs").orElse(usual)).build();
    }

    private LabelledData read(Dataset<?> dataset) {
        Optional<String> validation = params.column("validationIndicatorCol");
        boolean indexes = StageParams.isNumeric(dataset.schema(), params.value("labelCol"));
        List<String> names = new ArrayList<>(List.of(params.<String>value("textCol")));
        params.column("secondTextCol").ifPresent(names::add);
        int label = names.size();
        names.add(params.value("labelCol"));
        validation.ifPresent(names::add);
        // A name may contain dots and backticks.
        Column[] wanted = names.stream()
                .map(name -> dataset.col("`" + name.replace("`", "``") + "`"))
                .toArray(Column[]::new);
        if (indexes) {
            wanted[label] = wanted[label].cast(DataTypes.DoubleType);
        }
        List<LabelledText> train = new ArrayList<>();
        List<LabelledText> dev = new ArrayList<>();
        for (Row row : dataset.toDF().select(wanted).collectAsList()) {
            for (int i = 0; i < row.length(); i++) {
                Require.argument(!row.isNullAt(i), "column '%s' is null in row %s", names.get(i), row);
            }
            LabelledText text = new LabelledText(
                    row.getString(0),
                    label == 2 ? Optional.of(row.getString(1)) : Optional.empty(),
                    indexes ? className(row.getDouble(label)) : row.getString(label));
            (validation.isPresent() && row.getBoolean(label + 1) ? dev : train).add(text);
        }
        LabelledData.FromLists lists = LabelledData.classification(train);
        params.ifDefined("seed", lists::seed);
        if (indexes) {
            int last = Stream.concat(train.stream(), dev.stream())
                    .mapToInt(text -> Integer.parseInt(text.label()))
                    .max()
                    .orElse(0);
            lists.classes(IntStream.rangeClosed(0, Math.max(1, last))
                    .mapToObj(String::valueOf)
                    .toList());
        }
        return (validation.isEmpty() ? lists : lists.dev(dev)).build();
    }

    private String className(double index) {
        Require.argument(
                index >= 0 && index == Math.rint(index) && index < MOST_CLASSES,
                "label column '%s' has %s, expected a class index from 0 to %d",
                params.value("labelCol"),
                index,
                MOST_CLASSES - 1);
        return String.valueOf((int) index);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        StageParams.isNumeric(schema, params.value("labelCol"));
        params.column("validationIndicatorCol")
                .ifPresent(name -> Require.argument(
                        StageParams.require(schema, name, "validation column").equals(DataTypes.BooleanType),
                        "validation column '%s' is not boolean",
                        name));
        return params.append(schema);
    }

    @Override
    public LsrTextClassifier copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /** Loads a stage that {@code save} wrote. */
    public static LsrTextClassifier load(String path) {
        return read().load(path);
    }

    /** A reader for a stage that {@code write} wrote. */
    public static MLReader<LsrTextClassifier> read() {
        return new DefaultParamsReader<>();
    }
}
