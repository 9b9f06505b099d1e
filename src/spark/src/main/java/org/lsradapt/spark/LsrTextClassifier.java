package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
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
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TextClassifier;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.LabelledText;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.TrainingConfig;

/**
 * Trains adapters and a head for the classes of texts, data-parallel on the executors; the stage of Spark ML for
 * {@link TextClassifier}.
 *
 * <pre>{@code
 * LsrTextClassifierModel model = new LsrTextClassifier().setModel("minilm").setTextCol("review").setLabelCol("opinion")
 *         .fit(reviews);
 * model.transform(others).select("review", "predictedLabel", "probability").show();
 * }</pre>
 *
 * <p>The texts are tokenized in the driver and stay there; each step's share of them travels with the parameters. What is trained is
 * what {@link TextClassifier} trains on the same rows in the same order with the same settings, up to the rounding of sums, and
 * the same to the bit for a number of {@link #shares} however many executors there are and however often tasks are repeated.
 *
 * <p>The label column holds names of classes, or, as Spark's own stages want it, their indexes 0, 1, … Without {@link #validationIndicatorCol} a tenth of the rows is held out, by which the best epoch is chosen.
 */
// JDK 25 names each field whose type is not serializable by itself, such as a list.
@SuppressWarnings("serial")
public final class LsrTextClassifier extends Estimator<LsrTextClassifierModel>
        implements TextClassifierParams<LsrTextClassifier>, DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    /** LoRA's scaling α/r, as the command line has it. */
    private static final int LORA_SCALING = 4;

    private static final int MOST_CLASSES = 10_000;

    private final String uid;
    private final SharedParams shared;
    private final Param<String> labelCol;
    private final Param<String> validationIndicatorCol;
    private final Param<String> method;
    private final IntParam bottleneckRank;
    private final IntParam separationRank;
    private final Param<String> targets;
    private final IntParam maxLength;
    private final IntParam epochs;
    private final IntParam batchSize;
    private final DoubleParam learningRate;
    private final DoubleParam headLearningRate;
    private final IntParam headSteps;
    private final DoubleParam dropout;
    private final IntParam patience;
    private final LongParam seed;
    private final BooleanParam balancedClasses;
    private final IntParam shares;
    private final Param<String> checkpointDir;
    private final IntParam checkpointEvery;

    /** With the defaults. */
    public LsrTextClassifier() {
        this(Identifiable$.MODULE$.randomUID("lsrTextClassifier"));
    }

    /**
     * With the defaults, as Spark copies and reads stages.
     *
     * @param uid tells this stage from others
     */
    public LsrTextClassifier(String uid) {
        this.uid = uid;
        shared = new SharedParams(this);
        labelCol = new Param<>(this, "labelCol", "column of the class, by name or index");
        validationIndicatorCol = new Param<>(
                this, "validationIndicatorCol", "column that is true for rows to evaluate on; empty to hold some out");
        method = new Param<>(this, "method", "the adapters: lsr or lora");
        bottleneckRank = new IntParam(this, "bottleneckRank", "r of LSR or of LoRA");
        separationRank = new IntParam(this, "separationRank", "s, the Kronecker terms of a sum");
        targets = new Param<>(
                this, "targets", "layers to adapt: all-linear, or suffixes of names; by default query and value");
        maxLength = new IntParam(this, "maxLength", "longest input in tokens");
        epochs = new IntParam(this, "epochs", "passes over the training rows; by default 5, more for few rows");
        batchSize = new IntParam(this, "batchSize", "rows per step, of all executors together");
        learningRate = new DoubleParam(this, "learningRate", "learning rate of the adapters");
        headLearningRate = new DoubleParam(this, "headLearningRate", "learning rate of the head");
        headSteps = new IntParam(this, "headSteps", "steps of the head alone, before the adapters are trained");
        dropout = new DoubleParam(this, "dropout", "dropout of the adapters' inputs");
        patience = new IntParam(this, "patience", "epochs without a better evaluation after which it ends; 0 for all");
        seed = new LongParam(this, "seed", "seed of the adapters, the head, the order and what is held out");
        balancedClasses =
                new BooleanParam(this, "balancedClasses", "whether rare classes weigh as much as frequent ones");
        shares = new IntParam(
                this, "shares", "tasks per step, on which the rounding depends; 0 for Spark's default parallelism");
        checkpointDir = new Param<>(
                this,
                "checkpointDir",
                "folder of one training, on any Hadoop file system, to go on from; empty for none");
        checkpointEvery = new IntParam(
                this,
                "checkpointEvery",
                "steps from checkpoint to checkpoint; 0 for the end of epochs and about once a minute");
        shared.setDefaults();
        setDefault(shared.model, "minilm");
        setDefault(labelCol, "label");
        setDefault(validationIndicatorCol, "");
        setDefault(method, "lsr");
        setDefault(balancedClasses, false);
        setDefault(shares, 0);
        setDefault(checkpointDir, "");
        setDefault(checkpointEvery, 0);
    }

    @Override
    public SharedParams shared() {
        return shared;
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Column of the class, "label" by default. */
    public Param<String> labelCol() {
        return labelCol;
    }

    /** Column that is true for rows to evaluate on; empty, the default, holds a tenth out. */
    public Param<String> validationIndicatorCol() {
        return validationIndicatorCol;
    }

    /** The adapters: lsr, the default, or lora. */
    public Param<String> method() {
        return method;
    }

    /** r of LSR or of LoRA; by default 4 and 8. */
    public IntParam bottleneckRank() {
        return bottleneckRank;
    }

    /** s, the Kronecker terms of a sum; by default 16. */
    public IntParam separationRank() {
        return separationRank;
    }

    /** Layers to adapt: all-linear, or suffixes of names with commas between; by default query and value. */
    public Param<String> targets() {
        return targets;
    }

    /** Longest input in tokens. */
    public IntParam maxLength() {
        return maxLength;
    }

    /** Passes over the training rows; see {@link SequenceTraining#epochs}. */
    public IntParam epochs() {
        return epochs;
    }

    /** Rows per step, of all executors together. */
    public IntParam batchSize() {
        return batchSize;
    }

    /** Learning rate of the adapters. */
    public DoubleParam learningRate() {
        return learningRate;
    }

    /** Learning rate of the head. */
    public DoubleParam headLearningRate() {
        return headLearningRate;
    }

    /** Steps of the head alone, before the adapters are trained. */
    public IntParam headSteps() {
        return headSteps;
    }

    /** Dropout of the adapters' inputs. */
    public DoubleParam dropout() {
        return dropout;
    }

    /** Epochs without a better evaluation after which training ends; 0 for all. */
    public IntParam patience() {
        return patience;
    }

    /** Seed of the adapters, the head, the order and what is held out. */
    public LongParam seed() {
        return seed;
    }

    /** Whether rare classes weigh as much as frequent ones. */
    public BooleanParam balancedClasses() {
        return balancedClasses;
    }

    /** Tasks per step, on which the rounding depends; 0, the default, for Spark's default parallelism. */
    public IntParam shares() {
        return shares;
    }

    /** Folder of one training, on any Hadoop file system, where it goes on after a crash; empty for none. */
    public Param<String> checkpointDir() {
        return checkpointDir;
    }

    /** Steps from checkpoint to checkpoint; see {@link Checkpoints#every}. */
    public IntParam checkpointEvery() {
        return checkpointEvery;
    }

    /** Sets {@link #labelCol()}. */
    public LsrTextClassifier setLabelCol(String value) {
        set(labelCol, value);
        return this;
    }

    /** Sets {@link #validationIndicatorCol()}. */
    public LsrTextClassifier setValidationIndicatorCol(String value) {
        set(validationIndicatorCol, value);
        return this;
    }

    /** Sets {@link #method()}. */
    public LsrTextClassifier setMethod(String value) {
        set(method, value);
        return this;
    }

    /** Sets {@link #epochs()}. */
    public LsrTextClassifier setEpochs(int value) {
        set(epochs, value);
        return this;
    }

    /** Sets {@link #batchSize()}. */
    public LsrTextClassifier setBatchSize(int value) {
        set(batchSize, value);
        return this;
    }

    /** Sets {@link #learningRate()}. */
    public LsrTextClassifier setLearningRate(double value) {
        set(learningRate, value);
        return this;
    }

    /** Sets {@link #seed()}. */
    public LsrTextClassifier setSeed(long value) {
        set(seed, value);
        return this;
    }

    /** Sets {@link #shares()}. */
    public LsrTextClassifier setShares(int value) {
        Require.argument(value >= 0, "shares is %d, expected 0 or more", value);
        set(shares, value);
        return this;
    }

    /** Sets {@link #checkpointDir()}. */
    public LsrTextClassifier setCheckpointDir(String value) {
        set(checkpointDir, value);
        return this;
    }

    /**
     * Trains. Blocks until the training has ended; progress goes to the log of the driver.
     *
     * @throws IllegalArgumentException if a column, a value or a parameter is not as expected
     * @throws UncheckedIOException if a file of the base model or a checkpoint cannot be read or written
     */
    @Override
    public LsrTextClassifierModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        OwnData data = read(dataset);
        try {
            return train(dataset, data);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private LsrTextClassifierModel train(Dataset<?> dataset, OwnData data) throws IOException {
        JavaSparkContext spark =
                JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
        BaseReference reference = shared.base();
        BaseModel base = WorkerModels.base(reference);
        AdapterConfig adapters = adapters();
        TrainingConfig config = config(adapters, data.data().train().size());
        int count = (int) getOrDefault(shares);
        TextClassifier.Training training =
                TextClassifier.on(base).adapters(adapters).config(config);
        get(maxLength, length -> training.maxLength((int) length));
        get(targets, names -> training.targets(layers(names)));
        if ((boolean) getOrDefault(balancedClasses)) {
            training.balancedClasses();
        }
        if (!getOrDefault(checkpointDir).isEmpty()) {
            HadoopStore store = new HadoopStore(getOrDefault(checkpointDir), spark.hadoopConfiguration());
            training.checkpoints(Checkpoints.in(store).every((int) getOrDefault(checkpointEvery)));
        }
        try (SparkPasses passes = new SparkPasses(
                        spark,
                        reference,
                        base,
                        config,
                        count == 0 ? spark.defaultParallelism() : count,
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

    private AdapterConfig adapters() {
        String name = getOrDefault(method);
        switch (name) {
            case "lsr" -> {
                LsrConfig.Builder config = LsrConfig.builder();
                get(seed, value -> config.seed((long) value));
                get(bottleneckRank, r -> config.bottleneckRank((int) r));
                get(separationRank, s -> config.separationRank((int) s));
                return config.build();
            }
            case "lora" -> {
                Require.argument(!isDefined(separationRank), "separationRank is set, expected not with method lora");
                int r = isDefined(bottleneckRank) ? (int) getOrDefault(bottleneckRank) : 8;
                LsrConfig lora = LsrConfig.lora(r, LORA_SCALING * r);
                return isDefined(seed) ? lora.withSeed((long) getOrDefault(seed)) : lora;
            }
            default -> throw new IllegalArgumentException("method is '" + name + "', expected lsr or lora");
        }
    }

    private static LayerSelector layers(String names) {
        return names.equals("all-linear")
                ? LayerSelector.allLinear()
                : LayerSelector.suffixes(List.of(names.split(",", -1)));
    }

    private TrainingConfig config(AdapterConfig adapters, int examples) {
        TrainingConfig.Builder config = FineTuning.defaultConfig(adapters).toBuilder();
        get(batchSize, value -> config.batchSize((int) value));
        get(learningRate, value -> config.learningRate((double) value));
        get(headLearningRate, value -> config.headLearningRate((double) value));
        get(headSteps, value -> config.headSteps((int) value));
        get(dropout, value -> config.dropout((double) value));
        get(patience, value -> config.patience((int) value));
        get(seed, value -> config.seed((long) value));
        config.epochs(
                isDefined(epochs)
                        ? (int) getOrDefault(epochs)
                        : SequenceTraining.epochs(examples, config.build().batchSize()));
        return config.build();
    }

    /** Does something with a parameter's value if it has one. */
    private <V> void get(Param<V> parameter, Consumer<V> use) {
        if (isDefined(parameter)) {
            use.accept(getOrDefault(parameter));
        }
    }

    private OwnData read(Dataset<?> dataset) {
        String validation = getOrDefault(validationIndicatorCol);
        boolean indexes = SharedParams.isNumeric(dataset.schema(), getOrDefault(labelCol));
        List<String> names = new ArrayList<>(List.of(shared.name(shared.text)));
        shared.second().ifPresent(names::add);
        int label = names.size();
        names.add(getOrDefault(labelCol));
        if (!validation.isEmpty()) {
            names.add(validation);
        }
        Column[] wanted =
                names.stream().map(name -> SharedParams.of(dataset, name)).toArray(Column[]::new);
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
            (!validation.isEmpty() && row.getBoolean(label + 1) ? dev : train).add(text);
        }
        OwnData.FromLists lists = OwnData.classification(train);
        if (isDefined(seed)) {
            lists.seed((long) getOrDefault(seed));
        }
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
                getOrDefault(labelCol),
                index,
                MOST_CLASSES - 1);
        return String.valueOf((int) index);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        SharedParams.isNumeric(schema, getOrDefault(labelCol));
        String validation = getOrDefault(validationIndicatorCol);
        if (!validation.isEmpty()) {
            Require.argument(
                    SharedParams.require(schema, validation, "validation column")
                            .dataType()
                            .equals(DataTypes.BooleanType),
                    "validation column '%s' is not boolean",
                    validation);
        }
        return shared.append(schema);
    }

    @Override
    public LsrTextClassifier copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /** Reads what {@code save} wrote. */
    public static LsrTextClassifier load(String path) {
        return read().load(path);
    }

    /** Reads what {@code write} wrote. */
    public static MLReader<LsrTextClassifier> read() {
        return new DefaultParamsReader<>();
    }
}
