package org.lsradapt.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.SavedHead;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.spark.internal.ReplicaLosses;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.reranking.RerankerTraining;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains adapters and a head to score how well passages answer queries: the Spark ML stage for {@link Reranker}.
 *
 * <pre>{@code
 * LsrRerankerModel model = new LsrReranker().setModel("minilm").setLabelCol("relevance").fit(judged);
 * model.transform(candidates).orderBy(col("query"), col("score").desc()).show();
 * }</pre>
 *
 * <p>A row is a query with one passage and its relevance: 0 or 1, a number in between, or a grade from 0. Rows with equal
 * queries are one query. With a loss of a query's passages together, a step's tasks get whole queries.
 */
public final class LsrReranker extends LsrEstimator<LsrReranker, LsrRerankerModel>
        implements LsrRerankerParams<LsrReranker> {
    private static final long serialVersionUID = 1L;

    private static final StageColumn LABEL = StageColumn.of("labelCol", "label column", StageColumn.Kind.NUMBER);

    /** The losses that executors make by name. */
    private enum Loss {
        BINARY(RankingLoss.binary()),
        LISTWISE(RankingLoss.listwise());

        private final RankingLoss minimized;

        Loss(RankingLoss minimized) {
            this.minimized = minimized;
        }

        static Loss named(String name) {
            return Arrays.stream(values())
                    .filter(loss -> loss.label().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("loss is '" + name + "', expected "
                            + Arrays.stream(values()).map(Loss::label).collect(Collectors.joining(" or "))));
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Creates a stage with the default parameters and a random uid. */
    public LsrReranker() {
        this(LsrRerankerModel.KIND.randomUid());
    }

    /** Creates a stage of a unique id with the default parameters; Spark copies and reads stages with this constructor. */
    public LsrReranker(String uid) {
        super(uid);
        declareHead();
        stageParams().text("labelCol", "column of the passage's relevance: 0 to 1, or a grade from 0", "label");
        stageParams().text("loss", "binary or listwise; by default listwise if a grade is above 1");
    }

    @Override
    LsrModel.Kind<LsrRerankerModel> kind() {
        return LsrRerankerModel.KIND;
    }

    @Override
    List<StageColumn> learned() {
        return Stream.concat(kind().rows().scored().stream(), Stream.of(LABEL)).toList();
    }

    /** The column of the passage's relevance: 0 or 1, a number in between, or a grade from 0; "label" by default. */
    public LsrReranker setLabelCol(String value) {
        return setParam("labelCol", value);
    }

    /** The loss: binary, of each passage, or listwise, of a query's passages; by default listwise if a grade is above 1. */
    public LsrReranker setLoss(String value) {
        return setParam("loss", value);
    }

    @Override
    Lesson<?> lesson(List<Row> train, Optional<List<Row>> dev) {
        RankingData.FromList lists = RankingData.of(queries(train));
        stageParams().ifDefined("seed", lists::seed);
        dev.ifPresent(rows -> lists.dev(queries(rows)));
        RankingData data = lists.read();
        Loss loss = stageParams().<String>ifDefined("loss").map(Loss::named).orElseGet(() -> usualLoss(data.train()));
        return new Lesson<>(
                TrainingDefaults.of(loss.minimized),
                OptionalInt.of(RerankerTraining.items(data.train(), loss.minimized)),
                base -> Reranker.on(base).loss(loss.minimized),
                setup -> setup.train(data),
                ReplicaLosses.ofHead(
                        new RerankingDescription("training"),
                        SequenceObjective.class,
                        SequenceObjective::head,
                        objective -> head -> SequenceObjective.ranking(head, loss.minimized, Backends.standard())));
    }

    private static Loss usualLoss(List<JudgedQuery> queries) {
        return RerankerTraining.usualLoss(queries).isOfQueries() ? Loss.LISTWISE : Loss.BINARY;
    }

    private List<JudgedQuery> queries(List<Row> rows) {
        Map<String, Map<String, Double>> grades = new LinkedHashMap<>();
        for (Row row : rows) {
            double grade = StageColumn.number(row, 2, stageParams().value("labelCol"));
            Double before = grades.computeIfAbsent(row.getString(0), query -> new LinkedHashMap<>())
                    .putIfAbsent(row.getString(1), grade);
            Require.argument(
                    before == null || before == grade,
                    "query '%s' has the passage '%s' twice, with %s %s and %s, expected the same",
                    row.get(0),
                    row.get(1),
                    stageParams().value("labelCol"),
                    before,
                    grade);
        }
        List<JudgedQuery> queries = new ArrayList<>();
        grades.forEach((query, passages) -> queries.add(
                new JudgedQuery(query, List.copyOf(passages.keySet()), List.copyOf(passages.values()), List.of())));
        return queries;
    }

    /** A trained cross-encoder's head needs no steps of its own. */
    @Override
    TrainingConfig forModel(TrainingConfig usual, BaseModel base) {
        return base.head().filter(SavedHead::givesNumber).isPresent()
                ? usual.toBuilder().headSteps(0).build()
                : usual;
    }

    /** Loads a stage that {@code save} wrote. */
    public static LsrReranker load(String path) {
        return read().load(path);
    }

    /** A reader for a stage that {@code write} wrote. */
    public static MLReader<LsrReranker> read() {
        return new DefaultParamsReader<>();
    }
}
