package org.lsradapt.spark;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.spark.internal.ReplicaLosses;
import org.lsradapt.tasks.embeddings.EmbedderTraining;
import org.lsradapt.tasks.embeddings.TextEmbedder;

/**
 * Trains adapters to embed texts: the Spark ML stage for {@link TextEmbedder}.
 *
 * <pre>{@code
 * LsrEmbedderModel model = new LsrEmbedder().setModel("minilm").setAnchorCol("question").setPositiveCol("answer").fit(pairs);
 * model.setTextCol("answer").transform(answers).select("answer", "embedding").show();
 * }</pre>
 *
 * <p>It learns from pairs of an anchor and a positive, with negatives if {@link #setNegativeCol} is set; or from the scores of
 * pairs if {@link #setSimilarityCol} is.
 *
 * <p>The negatives of a pair are the other texts of the whole step's batch, not those of an executor's share: a step's first
 * job embeds the batch, the driver computes its loss, and a second job the gradients. The number of shares and executors
 * therefore changes rounding only. Each epoch's evaluation is computed in the driver.
 */
public final class LsrEmbedder extends LsrEstimator<LsrEmbedder, LsrEmbedderModel>
        implements LsrEmbedderParams<LsrEmbedder> {
    private static final long serialVersionUID = 1L;

    private static final List<StageColumn> PAIRS = List.of(
            StageColumn.of("anchorCol", "anchor column", StageColumn.Kind.STRING),
            StageColumn.of("positiveCol", "positive column", StageColumn.Kind.STRING),
            StageColumn.optional("negativeCol", "negative column", StageColumn.Kind.STRING_OR_STRINGS),
            StageColumn.optional("similarityCol", "similarity column", StageColumn.Kind.NUMBER));

    /** Creates a stage with the default parameters and a random uid. */
    public LsrEmbedder() {
        this(LsrEmbedderModel.KIND.randomUid());
    }

    /** Creates a stage of a unique id with the default parameters; Spark copies and reads stages with this constructor. */
    public LsrEmbedder(String uid) {
        super(uid);
        StageParams params = stageParams();
        params.text("anchorCol", "column of the text to search with, or of the first of two similar texts", "anchor");
        params.text("positiveCol", "column of the text to find, or of the second of two similar texts", "positive");
        params.text("negativeCol", "column of a text, or an array, that must not be found; empty for none", "");
        params.text("similarityCol", "column of the similarity of the two texts; empty for texts to find", "");
        params.text("loss", "contrast or triplet; with similarities cosine or cosent; by default the first");
        params.text(
                "dimensions",
                "lengths at which embeddings are cut in training, such as 384,128; empty for whole ones",
                "");
    }

    @Override
    LsrModel.Kind<LsrEmbedderModel> kind() {
        return LsrEmbedderModel.KIND;
    }

    @Override
    List<StageColumn> learned() {
        return PAIRS;
    }

    /** The column of the text to search with, or of the first of two similar texts; "anchor" by default. */
    public LsrEmbedder setAnchorCol(String value) {
        return setParam("anchorCol", value);
    }

    /** The column of the text to find, or of the second of two similar texts; "positive" by default. */
    public LsrEmbedder setPositiveCol(String value) {
        return setParam("positiveCol", value);
    }

    /** The column of a text, or an array of texts, that must not be found; empty, the default, for none. */
    public LsrEmbedder setNegativeCol(String value) {
        return setParam("negativeCol", value);
    }

    /** The column of the similarity of the two texts, in any range; empty, the default, for texts to find. */
    public LsrEmbedder setSimilarityCol(String value) {
        return setParam("similarityCol", value);
    }

    /** The loss: contrast or triplet; with similarities cosine or cosent; by default the first. */
    public LsrEmbedder setLoss(String value) {
        return setParam("loss", value);
    }

    private boolean hasScores() {
        return stageParams().column("similarityCol").isPresent();
    }

    @Override
    public StructType transformSchema(StructType schema) {
        Require.argument(
                !hasScores() || stageParams().column("negativeCol").isEmpty(),
                "negativeCol is set, expected not together with similarityCol, whose texts are pairs");
        return super.transformSchema(schema);
    }

    @Override
    Lesson<?> lesson(List<Row> train, Optional<List<Row>> dev) {
        return hasScores() ? ofScores(scored(train), dev) : ofPairs(pairs(train), dev);
    }

    private Lesson<?> ofPairs(List<TextPair> train, Optional<List<Row>> dev) {
        PairData.FromList lists = PairData.of(train);
        stageParams().ifDefined("seed", lists::seed);
        dev.ifPresent(rows -> lists.dev(pairs(rows)));
        PairData data = lists.read();
        EmbeddingLoss loss = loss("contrast", "triplet").equals("contrast")
                ? EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE)
                : EmbeddingLoss.triplet(EmbeddingLoss.MARGIN);
        return lesson(TrainingDefaults.PAIRS, loss, setup -> setup.train(data));
    }

    private Lesson<?> ofScores(List<ScoredPair> train, Optional<List<Row>> dev) {
        var lists = ScoredPairData.of(train);
        stageParams().ifDefined("seed", lists::seed);
        dev.ifPresent(rows -> lists.dev(scored(rows)));
        ScoredPairData data = lists.read();
        EmbeddingLoss loss = loss("cosine", "cosent").equals("cosine")
                ? cosine(data.train())
                : EmbeddingLoss.cosent(EmbeddingLoss.SCALE);
        return lesson(TrainingDefaults.EMBEDDINGS, loss, setup -> setup.trainScored(data));
    }

    private Lesson<?> lesson(TrainingDefaults defaults, EmbeddingLoss loss, Training<EmbedderTraining> train) {
        List<Integer> lengths =
                stageParams().column("dimensions").map(LsrEmbedder::dimensions).orElse(List.of());
        return new Lesson<>(
                defaults,
                OptionalInt.empty(),
                base -> TextEmbedder.on(base).loss(loss).dimensions(lengths),
                train,
                ReplicaLosses.ofEmbeddings(lengths.isEmpty() ? loss : EmbeddingLoss.matryoshka(loss, lengths)));
    }

    private String loss(String usual, String other) {
        String chosen = stageParams().<String>ifDefined("loss").orElse(usual);
        Require.argument(
                chosen.equals(usual) || chosen.equals(other),
                "loss is '%s', expected %s or %s%s",
                chosen,
                usual,
                other,
                hasScores() ? " with similarityCol" : "");
        return chosen;
    }

    private static List<Integer> dimensions(String lengths) {
        Require.argument(
                lengths.matches("\\d{1,9}( *, *\\d{1,9})*"),
                "dimensions is '%s', expected numbers such as 384,128",
                lengths);
        return Arrays.stream(lengths.split(" *, *", -1)).map(Integer::valueOf).toList();
    }

    private static EmbeddingLoss cosine(List<ScoredPair> pairs) {
        DoubleSummaryStatistics scores =
                pairs.stream().mapToDouble(ScoredPair::score).summaryStatistics();
        return scores.getMin() < scores.getMax()
                ? EmbeddingLoss.cosine(scores.getMin(), scores.getMax())
                : EmbeddingLoss.cosine();
    }

    private List<TextPair> pairs(List<Row> rows) {
        boolean negatives = stageParams().column("negativeCol").isPresent();
        return rows.stream()
                .map(row -> new TextPair(row.getString(0), row.getString(1), negatives ? texts(row, 2) : List.of()))
                .toList();
    }

    private static List<String> texts(Row row, int column) {
        return row.get(column) instanceof String text ? List.of(text) : row.getList(column);
    }

    private List<ScoredPair> scored(List<Row> rows) {
        String name = stageParams().value("similarityCol");
        return rows.stream()
                .map(row -> new ScoredPair(row.getString(0), row.getString(1), StageColumn.number(row, 2, name)))
                .toList();
    }

    /** Loads a stage that {@code save} wrote. */
    public static LsrEmbedder load(String path) {
        return read().load(path);
    }

    /** A reader for a stage that {@code write} wrote. */
    public static MLReader<LsrEmbedder> read() {
        return new DefaultParamsReader<>();
    }
}
