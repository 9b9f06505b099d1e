package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.spark.internal.AdapterFiles;
import org.lsradapt.spark.internal.Unchecked;
import org.lsradapt.spark.internal.Wire;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.TrainingResult;

/**
 * Scores datasets of any size. Each executor loads the base model once and keeps it; rows are scored in batches of some
 * hundred and never reach the driver. With {@link #setAdapterCol} each row names the adapter that scores it; all adapters
 * share one base model.
 *
 * <p>Serializable with its adapters, like Spark's own models, so it can be broadcast and read in tasks; {@link #transform}
 * runs in the driver only.
 */
// JDK 25 warns of each field whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public abstract class LsrModel<M extends LsrModel<M>> extends Model<M> implements LsrStage<M>, MLWritable {
    private static final long serialVersionUID = 1L;

    /** The name of the trained adapter in {@link #setAdapterCol}. */
    public static final String TRAINED = "trained";

    private static final String ADAPTERS = "adapters";
    private static final StageColumn ADAPTER =
            StageColumn.optional("adapterCol", "adapter column", StageColumn.Kind.STRING);

    private final String uid;
    private final StageParams params;
    private final List<String> labels;
    private final boolean pairs;
    private final TreeMap<String, AdapterFiles> adapters;
    /** Not serialized: present only where the model was trained. */
    private final transient @Nullable TrainingResult training;

    /** The state of a model, from which its class makes it. */
    record State(
            String uid,
            List<String> labels,
            boolean pairs,
            Map<String, AdapterFiles> adapters,
            @Nullable TrainingResult training) {

        static State of(
                String uid,
                TaskDescription task,
                Map<String, AdapterFiles> adapters,
                @Nullable TrainingResult training) {
            return new State(uid, task.labels(), task.pairs(), adapters, training);
        }
    }

    /**
     * A class of models.
     *
     * @param task the type of the task, by which folders are checked
     * @param expected the task with its article, for messages
     */
    record Kind<M extends LsrModel<M>>(
            Class<M> type,
            String name,
            Class<? extends TaskDescription> task,
            String expected,
            TaskRows rows,
            Function<State, M> make) {

        String randomUid() {
            return Identifiable$.MODULE$.randomUID(name);
        }

        M ofFolder(String folder) {
            AdapterFiles files = files(folder);
            AdapterCard card = card(files, folder);
            return of(randomUid(), files, folder)
                    .setModel(card.baseModel())
                    .setParam("basePrecision", card.basePrecision().label());
        }

        M of(String uid, AdapterFiles files, String folder) {
            return make.apply(State.of(uid, card(files, folder).task(), Map.of(TRAINED, files), null));
        }

        private AdapterCard card(AdapterFiles files, String folder) {
            AdapterCard card = LsrModel.card(files, folder);
            Require.argument(
                    task.isInstance(card.task()),
                    "%s: holds a %s, expected %s",
                    folder,
                    card.task().kind(),
                    expected);
            return card;
        }

        MLReader<M> reader() {
            return new MLReader<>() {
                @Override
                public M load(String path) {
                    var metadata = DefaultParamsReader$.MODULE$.loadMetadata(path, sparkSession(), type.getName());
                    Path folder = new Path(path, ADAPTERS);
                    Map<String, AdapterFiles> adapters =
                            adapters(folder, sparkSession().sparkContext().hadoopConfiguration());
                    AdapterCard card = card(adapters.get(TRAINED), folder.toString());
                    M model = make.apply(State.of(metadata.uid(), card.task(), adapters, null));
                    metadata.getAndSetParams(model, metadata.getAndSetParams$default$2());
                    return model;
                }
            };
        }
    }

    LsrModel(State state) {
        uid = state.uid;
        labels = state.labels;
        pairs = state.pairs;
        adapters = new TreeMap<>(state.adapters);
        training = state.training;
        params = new StageParams(this);
        kind().rows().declare(params);
        params.text("adapterCol", "column of the name of the adapter that scores the row; empty for one", "");
    }

    abstract Kind<M> kind();

    static AdapterFiles files(String folder) {
        return Unchecked.io(() -> AdapterFiles.read(new Path(folder), hadoop()));
    }

    static AdapterCard card(AdapterFiles files, String folder) {
        try (SavedAdapter saved = Unchecked.io(files::load)) {
            return saved.card()
                    .orElseThrow(() -> new IllegalArgumentException(
                            folder + ": has adapters alone, expected a head and its base model too"));
        }
    }

    private static Map<String, AdapterFiles> adapters(Path folder, Configuration hadoop) {
        TreeMap<String, AdapterFiles> adapters = new TreeMap<>();
        FileStatus[] found = Unchecked.io(() -> folder.getFileSystem(hadoop).listStatus(folder));
        for (FileStatus adapter : found) {
            Path saved = adapter.getPath();
            adapters.put(saved.getName(), Unchecked.io(() -> AdapterFiles.read(saved, hadoop)));
        }
        Require.argument(
                adapters.containsKey(TRAINED), "%s: there is not a folder '%s', expected one", folder, TRAINED);
        return adapters;
    }

    static boolean isSaved(String folder) {
        Path path = new Path(folder);
        return Unchecked.io(() -> path.getFileSystem(hadoop()).exists(new Path(path, ADAPTERS)));
    }

    static String savedClass(String folder) {
        return DefaultParamsReader$.MODULE$
                .loadMetadata(folder, SparkSession.active(), "")
                .className();
    }

    private static Configuration hadoop() {
        return SparkSession.active().sparkContext().hadoopConfiguration();
    }

    /**
     * Returns a copy with one more adapter, for {@link #setAdapterCol}.
     *
     * @param name the adapter's name in that column
     * @param folder an adapter's folder, on any Hadoop file system, for the same task and the same base model
     * @return a copy
     * @throws IllegalArgumentException if the name is not valid as a folder's name on all file systems, denotes the base
     *     model, or is already the name of an adapter of the model, or the folder is for another task
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public M withAdapter(String name, String folder) {
        AdapterFiles.requireName(name);
        Require.argument(
                !adapters.containsKey(name),
                "adapter '%s': the model has one of this name, expected another name than %s",
                name,
                adapters.keySet());
        AdapterFiles files = files(folder);
        kind().card(files, folder);
        TreeMap<String, AdapterFiles> more = new TreeMap<>(adapters);
        more.put(name, files);
        return copy(more, ParamMap.empty());
    }

    private M copy(Map<String, AdapterFiles> files, ParamMap extra) {
        M copy = kind().make().apply(new State(uid, labels, pairs, files, training));
        return copyValues(copy, extra).setParent(parent());
    }

    @Override
    public Param<?>[] params() {
        return params.all();
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The labels of the task, in the order of the outputs of the trained adapter; empty if it has none. */
    public List<String> labels() {
        return labels;
    }

    boolean isOfPairs() {
        return pairs;
    }

    final StageParams stageParams() {
        return params;
    }

    /** The valid values of {@link #setAdapterCol}. */
    public List<String> adapterNames() {
        return List.copyOf(adapters.keySet());
    }

    /** The result of the training; empty if the model was loaded, or came from another process. */
    public Optional<TrainingResult> training() {
        return Optional.ofNullable(training);
    }

    /** The column with the name of the adapter that scores the row; empty, the default, for the trained adapter. */
    public M setAdapterCol(String value) {
        return setParam("adapterCol", value);
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = dataset.schema();
        StructType result = transformSchema(schema);
        TaskRows rows = kind().rows().with(params);
        byte[] scoring = Wire.bytes(new Scorer.Task(params.base(), adapters, store(), rows));
        ScoreRows scored = new ScoreRows(
                JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext())
                        .broadcast(scoring),
                UUID.nameUUIDFromBytes(scoring).toString(),
                schema.fieldNames(),
                rows.scored().stream()
                        .flatMap(column -> params.column(column.param()).stream())
                        .mapToInt(schema::fieldIndex)
                        .toArray(),
                params.column("adapterCol").map(schema::fieldIndex).orElse(-1),
                rows.wanted(schema, params));
        return dataset.toDF().mapPartitions(scored, Encoders.row(result));
    }

    /** The folder of adapters by key with its version; empty for none. */
    private List<String> store() {
        String store = hasParam("store") ? params.value("store") : "";
        return store.isEmpty()
                ? List.of()
                : List.of(store, String.valueOf(Unchecked.io(() -> KeyedStore.version(store, hadoop()))));
    }

    @Override
    public StructType transformSchema(StructType schema) {
        kind().rows().scored().forEach(column -> column.require(schema, params));
        ADAPTER.require(schema, params);
        return kind().rows().append(schema, params);
    }

    @Override
    public M copy(ParamMap extra) {
        return copy(adapters, extra);
    }

    /** Writes Spark's metadata, and each adapter as a folder {@code adapters/NAME} that the rest of the library can read. */
    @Override
    public MLWriter write() {
        return new MLWriter() {
            @Override
            public void saveImpl(String path) {
                DefaultParamsWriter$.MODULE$.saveMetadata(LsrModel.this, path, sparkSession());
                Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
                adapters.forEach((name, files) ->
                        Unchecked.io(() -> files.write(new Path(new Path(path, ADAPTERS), name), hadoop)));
            }
        };
    }
}
