package org.lsradapt.spark;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.spark.internal.ReplicaLosses;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.description.ClassificationDescription;

/**
 * Trains adapters and a head to classify texts: the Spark ML stage for {@link TextClassifier}.
 *
 * <pre>{@code
 * LsrTextClassifierModel model = new LsrTextClassifier().setModel("minilm").setTextCol("review").setLabelCol("opinion")
 *         .fit(reviews);
 * model.transform(others).select("review", "predictedLabel", "probability").show();
 * }</pre>
 *
 * <p>The label column holds class names or, like Spark's own stages, class indexes 0, 1, …
 */
public final class LsrTextClassifier extends LsrEstimator<LsrTextClassifier, LsrTextClassifierModel>
        implements TextClassifierParams<LsrTextClassifier> {
    private static final long serialVersionUID = 1L;

    private static final int MOST_CLASSES = 10_000;
    private static final StageColumn LABEL =
            StageColumn.of("labelCol", "label column", StageColumn.Kind.STRING_OR_NUMBER);

    /** Creates a stage with the default parameters and a random uid. */
    public LsrTextClassifier() {
        this(LsrTextClassifierModel.KIND.randomUid());
    }

    /** Creates a stage of a unique id with the default parameters; Spark copies and reads stages with this constructor. */
    public LsrTextClassifier(String uid) {
        super(uid);
        declareHead();
        stageParams().text("labelCol", "column of the class, by name or index", "label");
        stageParams().flag("balancedClasses", "whether rare classes weigh as much as frequent ones");
    }

    @Override
    LsrModel.Kind<LsrTextClassifierModel> kind() {
        return LsrTextClassifierModel.KIND;
    }

    @Override
    List<StageColumn> learned() {
        return Stream.concat(kind().rows().scored().stream(), Stream.of(LABEL)).toList();
    }

    /** The column of the class, by name or index; "label" by default. */
    public LsrTextClassifier setLabelCol(String value) {
        return setParam("labelCol", value);
    }

    @Override
    Lesson<?> lesson(List<Row> train, Optional<List<Row>> dev) {
        LabelledData data = data(texts(train), dev.map(this::texts), isOfIndexes(train, dev));
        boolean pairs = stageParams().column("secondTextCol").isPresent();
        return new Lesson<>(
                TrainingDefaults.HEAD,
                OptionalInt.of(data.train().size()),
                this::setup,
                setup -> setup.train(data),
                ReplicaLosses.ofHead(
                        new ClassificationDescription("training", data.task().labels(), pairs),
                        SequenceObjective.class,
                        SequenceObjective::head,
                        LsrTextClassifier::losses));
    }

    private TextClassifier.Training setup(BaseModel base) {
        TextClassifier.Training setup = TextClassifier.on(base);
        return stageParams().<Boolean>value("balancedClasses") ? setup.balancedClasses() : setup;
    }

    private static ReplicaLosses.OfHead losses(SequenceObjective objective) {
        double[] weights = objective.classWeights().orElseGet(() -> new double[0]);
        return head -> weights.length > 0
                ? SequenceObjective.weighted(head, weights, Backends.standard())
                : SequenceObjective.of(head, Loss.CROSS_ENTROPY, Backends.standard());
    }

    private LabelledData data(List<LabelledText> train, Optional<List<LabelledText>> dev, boolean indexes) {
        LabelledData.FromLists lists = LabelledData.classification(train);
        stageParams().ifDefined("seed", lists::seed);
        if (indexes) {
            int last = Stream.concat(train.stream(), dev.stream().flatMap(List::stream))
                    .mapToInt(text -> Integer.parseInt(text.label()))
                    .max()
                    .orElse(0);
            lists.classes(IntStream.rangeClosed(0, Math.max(1, last))
                    .mapToObj(String::valueOf)
                    .toList());
        }
        dev.ifPresent(lists::dev);
        return lists.read();
    }

    private boolean isOfIndexes(List<Row> train, Optional<List<Row>> dev) {
        return Stream.concat(train.stream(), dev.stream().flatMap(List::stream))
                .findFirst()
                .filter(row -> row.get(labelIndex()) instanceof Double)
                .isPresent();
    }

    /** The label follows the texts. */
    private int labelIndex() {
        return stageParams().column("secondTextCol").isPresent() ? 2 : 1;
    }

    private List<LabelledText> texts(List<Row> rows) {
        int label = labelIndex();
        return rows.stream()
                .map(row -> new LabelledText(
                        row.getString(0),
                        label == 2 ? Optional.of(row.getString(1)) : Optional.empty(),
                        row.get(label) instanceof Double index ? className(index) : row.getString(label)))
                .toList();
    }

    private String className(double index) {
        Require.argument(
                index >= 0 && index == Math.rint(index) && index < MOST_CLASSES,
                "label column '%s' has %s, expected a class index from 0 to %d",
                stageParams().value("labelCol"),
                index,
                MOST_CLASSES - 1);
        return String.valueOf((int) index);
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
