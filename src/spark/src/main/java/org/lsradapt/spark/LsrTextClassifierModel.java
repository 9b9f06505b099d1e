package org.lsradapt.spark;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
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
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.TrainingResult;

/**
 * Classifies texts in datasets of any size. Each executor loads the base model once and keeps it; rows are scored in batches
 * of some hundred and never reach the driver. With {@link #setAdapterCol} each row names the adapter that scores it; all
 * adapters share one base model.
 *
 * <p>Appends the logits and probabilities of the classes, and the index and name of the most probable class.
 *
 * <p>Serializable with its adapters, like Spark's own models, so it can be broadcast and read in tasks; {@link #transform}
 * runs in the driver only.
 */
// JDK 25 warns of each field whose static type is not serializable, such as a list.
@SuppressWarnings("serial")
public final class LsrTextClassifierModel extends Model<LsrTextClassifierModel>
        implements TextClassifierParams<LsrTextClassifierModel>, MLWritable {
    private static final long serialVersionUID = 1L;

    /** The name of the trained adapter in {@link #setAdapterCol}. */
    public static final String TRAINED = "trained";

    private static final String ADAPTERS = "adapters";

    private final String uid;
    private final StageParams params;
    private final List<String> labels;
    private final boolean pairs;
    private final TreeMap<String, AdapterFiles> adapters;
    /** Not serialized: present only where the model was trained. */
    private final transient @Nullable TrainingResult training;

    LsrTextClassifierModel(
            String uid, TaskDescription task, Map<String, AdapterFiles> adapters, @Nullable TrainingResult training) {
        this(uid, task.labels(), task.pairs(), adapters, training);
    }

    private LsrTextClassifierModel(
            String uid,
            List<String> labels,
            boolean pairs,
            Map<String, AdapterFiles> adapters,
            @Nullable TrainingResult training) {
        this.uid = uid;
        this.labels = labels;
        this.pairs = pairs;
        this.adapters = new TreeMap<>(adapters);
        this.training = training;
        params = new StageParams(this);
        params.text("adapterCol", "column of the name of the adapter that scores the row; empty for one", "");
    }

    /**
     * Creates a model from an adapter that was trained elsewhere, for example on one machine.
     *
     * @param folder an adapter's folder with its head, as {@code finetune} and
     *     {@link org.lsradapt.tasks.classification.TextClassifier#save} write it, on any Hadoop file system
     * @return a model with the base model that the folder names; see {@link #setModel}
     * @throws IllegalArgumentException if the adapter is not a classifier
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrTextClassifierModel ofFolder(String folder) {
        AdapterFiles files = read(folder);
        AdapterCard card = card(files, folder);
        LsrTextClassifierModel result = new LsrTextClassifierModel(
                Identifiable$.MODULE$.randomUID("lsrTextClassifier"), card.task(), Map.of(TRAINED, files), null);
        return result.setModel(card.baseModel())
                .setParam("basePrecision", card.basePrecision().label());
    }

    /**
     * Loads a model that {@link #save} wrote, or an adapter's folder as {@link #ofFolder} does.
     *
     * @param folder the folder; its content tells which of the two it is
     * @throws UncheckedIOException if it cannot be read; the message names the file
     */
    public static LsrTextClassifierModel ofFolderOrSaved(String folder) {
        Path path = new Path(folder);
        boolean saved = Unchecked.io(() -> path.getFileSystem(hadoop()).exists(new Path(path, ADAPTERS)));
        return saved ? load(folder) : ofFolder(folder);
    }

    private static Configuration hadoop() {
        return SparkSession.active().sparkContext().hadoopConfiguration();
    }

    private static AdapterFiles read(String folder) {
        return Unchecked.io(() -> AdapterFiles.read(new Path(folder), hadoop()));
    }

    private static AdapterCard card(AdapterFiles files, String folder) {
        try (SavedAdapter saved = Unchecked.io(files::load)) {
            AdapterCard card = saved.card()
                    .orElseThrow(() -> new IllegalArgumentException(
                            folder + ": has adapters alone, expected a head and its base model too"));
            Require.argument(
                    card.task() instanceof ClassificationDescription,
                    "%s: holds a %s, expected a classification",
                    folder,
                    card.task().kind());
            return card;
        }
    }

    /**
     * Returns a copy with one more adapter, for {@link #setAdapterCol}.
     *
     * @param name the adapter's name in that column
     * @param folder a folder as for {@link #ofFolder}; of the same base model, with any classes
     * @return a copy
     * @throws IllegalArgumentException if the name is not valid as a folder's name on all file systems, denotes the base
     *     model, or is already the name of an adapter of the model
     */
    public LsrTextClassifierModel withAdapter(String name, String folder) {
        AdapterFiles.requireName(name);
        Require.argument(
                !adapters.containsKey(name),
                "adapter '%s': the model has one of this name, expected another name than %s",
                name,
                adapters.keySet());
        AdapterFiles files = read(folder);
        card(files, folder);
        TreeMap<String, AdapterFiles> more = new TreeMap<>(adapters);
        more.put(name, files);
        return copyValues(new LsrTextClassifierModel(uid, labels, pairs, more, training), ParamMap.empty())
                .setParent(parent());
    }

    @Override
    public Param<?>[] params() {
        return params.all();
    }

    @Override
    public String uid() {
        return uid;
    }

    /** The classes, in the order of the outputs of the trained adapter. */
    public List<String> labels() {
        return labels;
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
    public LsrTextClassifierModel setAdapterCol(String value) {
        return setParam("adapterCol", value);
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = dataset.schema();
        StructType result = transformSchema(schema);
        byte[] scoring = Wire.bytes(new Scorer.Task(params.base(), adapters));
        ScoreRows rows = new ScoreRows(
                JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext())
                        .broadcast(scoring),
                UUID.nameUUIDFromBytes(scoring).toString(),
                schema.fieldNames(),
                schema.fieldIndex(params.value("textCol")),
                params.column("secondTextCol").map(schema::fieldIndex).orElse(-1),
                params.column("adapterCol").map(schema::fieldIndex).orElse(-1),
                params.wanted());
        return dataset.toDF().mapPartitions(rows, Encoders.row(result));
    }

    @Override
    public StructType transformSchema(StructType schema) {
        Require.argument(
                pairs == params.column("secondTextCol").isPresent(),
                "the model was trained on %s, expected %s secondTextCol",
                pairs ? "pairs" : "single texts",
                pairs ? "a" : "no");
        params.column("adapterCol").ifPresent(name -> StageParams.requireString(schema, name, "adapter column"));
        return params.append(schema);
    }

    @Override
    public LsrTextClassifierModel copy(ParamMap extra) {
        return copyValues(new LsrTextClassifierModel(uid, labels, pairs, adapters, training), extra)
                .setParent(parent());
    }

    /** Writes Spark's metadata, and each adapter as a folder {@code adapters/NAME} that the rest of the library can read. */
    @Override
    public MLWriter write() {
        return new MLWriter() {
            @Override
            public void saveImpl(String path) {
                DefaultParamsWriter$.MODULE$.saveMetadata(LsrTextClassifierModel.this, path, sparkSession());
                Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
                adapters.forEach((name, files) ->
                        Unchecked.io(() -> files.write(new Path(new Path(path, ADAPTERS), name), hadoop)));
            }
        };
    }

    /** Loads a model that {@code save} wrote. */
    public static LsrTextClassifierModel load(String path) {
        return read().load(path);
    }

    /** A reader for a model that {@link #write} wrote. */
    public static MLReader<LsrTextClassifierModel> read() {
        return new MLReader<>() {
            @Override
            public LsrTextClassifierModel load(String path) {
                var metadata = DefaultParamsReader$.MODULE$.loadMetadata(
                        path, sparkSession(), LsrTextClassifierModel.class.getName());
                Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
                Path folder = new Path(path, ADAPTERS);
                TreeMap<String, AdapterFiles> adapters = new TreeMap<>();
                FileStatus[] found =
                        Unchecked.io(() -> folder.getFileSystem(hadoop).listStatus(folder));
                for (FileStatus adapter : found) {
                    Path saved = adapter.getPath();
                    adapters.put(saved.getName(), Unchecked.io(() -> AdapterFiles.read(saved, hadoop)));
                }
                Require.argument(
                        adapters.containsKey(TRAINED), "%s: there is not a folder '%s', expected one", folder, TRAINED);
                LsrTextClassifierModel model = new LsrTextClassifierModel(
                        metadata.uid(),
                        card(adapters.get(TRAINED), folder.toString()).task(),
                        adapters,
                        null);
                metadata.getAndSetParams(model, metadata.getAndSetParams$default$2());
                return model;
            }
        };
    }
}
