package org.lsradapt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.spark.internal.AdapterFiles;
import org.lsradapt.spark.internal.BaseReference;
import org.lsradapt.spark.internal.Unchecked;
import org.lsradapt.spark.internal.WorkerModels;
import org.lsradapt.store.KeyOutcome;
import org.lsradapt.store.KeyOutcomes;
import org.lsradapt.store.PerKeyTraining;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.training.settings.TrainingConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Trains an adapter for each key of a table, such as a user, from one shared classifier: {@link PerKeyTraining} as a Spark
 * job. The adapters that beat the shared one on held-out rows of their keys are written, in parallel, to a folder of stores.
 *
 * <pre>{@code
 * LsrTextClassifierModel users = new LsrKeyedClassifier().setFrom("hdfs://models/shared").setStore("hdfs://models/users")
 *         .setKeyCol("user").setTextCol("subject").setLabelCol("folder").fit(mails);
 * users.transform(newMails).select("user", "subject", "predictedLabel").show();
 * }</pre>
 *
 * <p>Rows of a key are trained in the order of their texts, so the result depends neither on the table's partitions nor on
 * executors that are lost. A repeated training continues in its folder: keys without new rows keep their adapters.
 *
 * <p>The model scores each row by its key's adapter, and by the shared one if the key has none.
 */
// JDK 25 warns of each field whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public final class LsrKeyedClassifier extends Estimator<LsrTextClassifierModel>
        implements TextClassifierParams<LsrKeyedClassifier>, DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(LsrKeyedClassifier.class);

    private static final List<StageColumn> LEARNED = Stream.concat(
                    Stream.of(
                            StageColumn.of("keyCol", "key column", StageColumn.Kind.STRING),
                            StageColumn.of("labelCol", "label column", StageColumn.Kind.STRING)),
                    LsrTextClassifierModel.KIND.rows().scored().stream())
            .toList();

    /** The parameters that change the defaults of a key's training. */
    private static final List<String> TRAINING = List.of("epochs", "batchSize", "learningRate", "seed");

    private final String uid;
    private final StageParams params;

    /** Creates a stage with the default parameters and a random uid. */
    public LsrKeyedClassifier() {
        this(Identifiable$.MODULE$.randomUID("lsrKeyedClassifier"));
    }

    /** Creates a stage of a unique id with the default parameters; Spark copies and reads stages with this constructor. */
    public LsrKeyedClassifier(String uid) {
        this.uid = uid;
        params = new StageParams(this);
        LsrTextClassifierModel.KIND.rows().declare(params);
        params.text("keyCol", "column of the key, such as a user", "key");
        params.text("labelCol", "column of the class, one of the shared classifier's", "label");
        params.text("from", "folder of the shared classifier, on any Hadoop file system");
        params.text("store", "folder of the keys' adapters, on any Hadoop file system");
        params.integer(
                "parts",
                "tasks, and files of the store; 0 for as many as the folder has, or Spark's default parallelism",
                0);
        params.integer(
                "folds", "parts of a key's rows, each held out once to decide whether what it trains is kept", 4);
        params.real("mostChance", "probability of the gain on held-out rows by chance, at most; 1 for no test", 0.1);
        params.integer("minRows", "rows that a key needs to be trained", 20);
        params.real("minGain", "gain of accuracy on held-out rows that an adapter must exceed", 0);
        params.integer("epochs", "passes over a key's rows; by default 20");
        params.integer("batchSize", "rows of a key per step; by default 16");
        params.real("learningRate", "learning rate of the adapters");
        params.longInteger("seed", "seed of the order and of what is held out");
    }

    @Override
    public Param<?>[] params() {
        return params.all();
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The folder of the shared classifier, with adapters, as {@code finetune} saves it; on any Hadoop file system. */
    public LsrKeyedClassifier setFrom(String value) {
        return setParam("from", value);
    }

    /** The folder of the keys' adapters, on any Hadoop file system; one that is there is continued. */
    public LsrKeyedClassifier setStore(String value) {
        return setParam("store", value);
    }

    /** The column of the key; "key" by default. */
    public LsrKeyedClassifier setKeyCol(String value) {
        return setParam("keyCol", value);
    }

    /** The column of the class, one of the shared classifier's; "label" by default. */
    public LsrKeyedClassifier setLabelCol(String value) {
        return setParam("labelCol", value);
    }

    /** The number of tasks, and of the store's files; 0, the default, for those of the folder, or Spark's default parallelism. */
    public LsrKeyedClassifier setParts(int value) {
        Require.argument(value >= 0, "parts is %d, expected 0 or more", value);
        return setParam("parts", value);
    }

    /**
     * Trains all keys. The folder's {@code outcomes.csv} has a line for each.
     *
     * @throws IllegalArgumentException if a column or a parameter is not as expected; for a label or a key, Spark's exception
     *     has it as its cause
     * @throws UncheckedIOException if a file cannot be read or written
     */
    @Override
    public LsrTextClassifierModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        for (String needed : List.of("from", "store")) {
            Require.argument(isDefined(getParam(needed)), "%s is not set, expected a folder", needed);
        }
        AdapterFiles files = LsrModel.files(params.value("from"));
        AdapterCard card = LsrModel.card(files, params.value("from"));
        LsrTextClassifierModel shared = LsrTextClassifierModel.KIND.of(uid, files, params.value("from"));
        copyValues(shared, ParamMap.empty());
        if (!isSet(getParam("model"))) {
            shared.setModel(card.baseModel())
                    .setParam("basePrecision", card.basePrecision().label());
        }
        shared.setAdapterCol(params.value("keyCol")).setParent(this);
        Unchecked.io(() -> {
            train(
                    dataset,
                    new Part(shared.stageParams().base(), files, card.task().labels(), settings()));
            return null;
        });
        return shared;
    }

    private Settings settings() {
        TreeMap<String, Number> chosen = new TreeMap<>();
        for (String name : TRAINING) {
            params.<Number>ifDefined(name, value -> chosen.put(name, value));
        }
        return new Settings(
                params.value("store"),
                params.value("folds"),
                params.value("mostChance"),
                params.value("minRows"),
                params.value("minGain"),
                chosen);
    }

    private void train(Dataset<?> dataset, Part part) throws IOException {
        var context = dataset.sparkSession().sparkContext();
        Configuration hadoop = context.hadoopConfiguration();
        String store = params.value("store");
        int parts = parts(KeyedStore.parts(store, hadoop), context.defaultParallelism());
        KeyedStore.begin(store, parts, hadoop);
        List<String> names = columns();
        Column[] wanted =
                names.stream().map(name -> LsrEstimator.column(dataset, name)).toArray(Column[]::new);
        JavaPairRDD<String, String[]> rows = dataset.toDF()
                .select(wanted)
                .javaRDD()
                .mapToPair(row -> {
                    String[] values = new String[names.size()];
                    for (int i = 0; i < values.length; i++) {
                        StageColumn.requireNoNull(row, i, names.get(i), "training per key: ");
                        values[i] = row.getString(i);
                    }
                    return new Tuple2<>(values[0], values);
                });
        List<String> lines = rows.partitionBy(new HashPartitioner(parts))
                .mapPartitionsWithIndex((index, own) -> part.train(index, parts, own), false)
                .collect();
        KeyedStore.end(store, header() + String.join("", lines.stream().sorted().toList()), hadoop);
        LOG.info("trained the adapters of {} keys; {}/outcomes.csv has a line for each", lines.size(), store);
    }

    private int parts(int found, int usual) {
        int chosen = params.value("parts");
        return chosen > 0 ? chosen : found > 0 ? found : usual;
    }

    private List<String> columns() {
        List<String> names = new ArrayList<>();
        for (StageColumn column : LEARNED) {
            params.column(column.param()).ifPresent(names::add);
        }
        return names;
    }

    private static String header() {
        return new KeyOutcomes(List.of()).csv();
    }

    /**
     * The settings of a training.
     *
     * @param chosen values of {@link #TRAINING} in place of the defaults
     */
    private record Settings(
            String store, int folds, double mostChance, int minRows, double minGain, TreeMap<String, Number> chosen)
            implements Serializable {

        TrainingConfig config(Path shared, KeyParts parts) {
            TrainingConfig.Builder config;
            try {
                config = KeyTrainer.defaultConfig(shared, parts).toBuilder();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            chosen("epochs", value -> config.epochs(value.intValue()));
            chosen("batchSize", value -> config.batchSize(value.intValue()));
            chosen("learningRate", value -> config.learningRate(value.doubleValue()));
            chosen("seed", value -> config.seed(value.longValue()));
            return config.build();
        }

        private void chosen(String name, Consumer<Number> use) {
            Optional.ofNullable(chosen.get(name)).ifPresent(use);
        }
    }

    /** The training of a part of the keys, in a task. */
    private record Part(BaseReference base, AdapterFiles shared, List<String> labels, Settings settings)
            implements Serializable {

        /** Trains the keys of the rows, which have a key, a label, and one or two texts; returns a line for each key. */
        Iterator<String> train(int index, int count, Iterator<Tuple2<String, String[]>> rows) throws IOException {
            KeyedTexts texts = KeyedTexts.of(labels, sorted(rows));
            BaseModel model = WorkerModels.base(base);
            KeyedStore.Part written =
                    new KeyedStore.Part(index, count, TaskContext.get().taskAttemptId());
            KeyOutcomes outcomes = shared.inFolder(folder -> KeyedStore.write(
                    settings.store,
                    written,
                    model,
                    store -> PerKeyTraining.from(model, folder)
                            .config(parts -> settings.config(folder, parts))
                            .folds(settings.folds)
                            .mostChance(settings.mostChance)
                            .leastRows(settings.minRows)
                            .minGain(settings.minGain)
                            .train(texts, store)));
            return outcomes.all().stream().map(Part::line).iterator();
        }

        private static String line(KeyOutcome outcome) {
            return new KeyOutcomes(List.of(outcome)).csv().substring(header().length());
        }

        private static Map<String, List<LabelledText>> sorted(Iterator<Tuple2<String, String[]>> rows) {
            Map<String, List<LabelledText>> texts = new TreeMap<>();
            while (rows.hasNext()) {
                String[] row = rows.next()._2();
                Require.argument(
                        !row[0].equals(LsrModel.TRAINED),
                        "training per key: found the key '%s', which is the name of the shared adapter, expected others",
                        row[0]);
                texts.computeIfAbsent(row[0], key -> new ArrayList<>())
                        .add(new LabelledText(row[2], row.length > 3 ? Optional.of(row[3]) : Optional.empty(), row[1]));
            }
            texts.values()
                    .forEach(own -> own.sort(Comparator.comparing(LabelledText::text)
                            .thenComparing(text -> text.secondText().orElse(""))
                            .thenComparing(LabelledText::label)));
            return texts;
        }
    }

    @Override
    public StructType transformSchema(StructType schema) {
        LEARNED.forEach(column -> column.require(schema, params));
        return LsrTextClassifierModel.KIND.rows().append(schema, params);
    }

    @Override
    public LsrKeyedClassifier copy(ParamMap extra) {
        return (LsrKeyedClassifier) defaultCopy(extra);
    }

    /** Loads a stage that {@code save} wrote. */
    public static LsrKeyedClassifier load(String path) {
        return read().load(path);
    }

    /** A reader for a stage that {@code write} wrote. */
    public static MLReader<LsrKeyedClassifier> read() {
        return new DefaultParamsReader<>();
    }
}
