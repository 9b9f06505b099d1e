package org.lsradapt.spark;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.Offsets;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.spark.internal.ReplicaLosses;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.tasks.tokens.LabelledSpans;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenClassifier;
import org.lsradapt.tasks.tokens.TokenData;

/**
 * Trains adapters and a head to label words: the Spark ML stage for {@link TokenClassifier}.
 *
 * <pre>{@code
 * LsrTaggerModel model = new LsrTagger().setModel("minilm").setTextCol("tokens").setLabelCol("ner_tags").fit(sentences);
 * model.setTextCol("text").transform(letters).selectExpr("text", "inline(spans)").show();
 * }</pre>
 *
 * <p>It learns from words with as many tags, both array&lt;string&gt;, or from texts with spans, array&lt;struct&lt;start,
 * end, label&gt;&gt;, whose positions count characters from 0.
 */
public final class LsrTagger extends LsrEstimator<LsrTagger, LsrTaggerModel> implements LsrTaggerParams<LsrTagger> {
    private static final long serialVersionUID = 1L;

    private static final StageColumn LABEL = StageColumn.of("labelCol", "label column", StageColumn.Kind.TAGS);

    /** Creates a stage with the default parameters and a random uid. */
    public LsrTagger() {
        this(LsrTaggerModel.KIND.randomUid());
    }

    /** Creates a stage of a unique id with the default parameters; Spark copies and reads stages with this constructor. */
    public LsrTagger(String uid) {
        super(uid);
        declareHead();
        stageParams().text("labelCol", "column of the words' tags, or of the text's spans", "label");
    }

    @Override
    LsrModel.Kind<LsrTaggerModel> kind() {
        return LsrTaggerModel.KIND;
    }

    @Override
    List<StageColumn> learned() {
        return Stream.concat(kind().rows().scored().stream(), Stream.of(LABEL)).toList();
    }

    @Override
    public StructType transformSchema(StructType schema) {
        StructType result = super.transformSchema(schema);
        boolean words = isStrings(schema, "textCol");
        Require.argument(
                words == isStrings(schema, "labelCol"),
                "label column '%s' holds %s, expected %s for text column '%s' of %s",
                stageParams().value("labelCol"),
                words ? "spans" : "tags",
                words ? "tags, array<string>," : "spans, array<struct<start, end, label>>,",
                stageParams().value("textCol"),
                words ? "words" : "texts");
        return result;
    }

    private boolean isStrings(StructType schema, String param) {
        return StageColumn.isStrings(
                schema.apply(stageParams().<String>value(param)).dataType());
    }

    /** The column of the words' tags, or of the text's spans; "label" by default. */
    public LsrTagger setLabelCol(String value) {
        return setParam("labelCol", value);
    }

    @Override
    Lesson<?> lesson(List<Row> train, Optional<List<Row>> dev) {
        boolean words = train.isEmpty() || !(train.get(0).get(0) instanceof String);
        TokenData.FromWords lists = words ? TokenData.of(words(train)) : TokenData.spans(spans(train));
        stageParams().ifDefined("seed", lists::seed);
        if (words) {
            dev.ifPresent(rows -> lists.dev(words(rows)));
        } else {
            dev.ifPresent(rows -> lists.devSpans(spans(rows)));
        }
        TokenData data = lists.read();
        return new Lesson<>(
                TrainingDefaults.HEAD,
                OptionalInt.of(data.train().size()),
                TokenClassifier::on,
                setup -> setup.train(data),
                ReplicaLosses.ofHead(
                        new TokensDescription("training", data.labels()),
                        TokenObjective.class,
                        TokenObjective::head,
                        objective -> head -> new TokenObjective(head, Backends.standard())));
    }

    private static List<LabelledWords> words(List<Row> rows) {
        return rows.stream()
                .map(row -> new LabelledWords(row.getList(0), row.getList(1)))
                .toList();
    }

    private static List<LabelledSpans> spans(List<Row> rows) {
        return rows.stream()
                .map(row -> new LabelledSpans(
                        row.getString(0),
                        row.<Row>getList(1).stream()
                                .map(span -> span(span, row.getString(0)))
                                .toList()))
                .toList();
    }

    private static LabelledSpans.Span span(Row span, String text) {
        return new LabelledSpans.Span(index(span, "start", text), index(span, "end", text), span.getAs("label"));
    }

    private static int index(Row span, String name, String text) {
        Object offset = span.getAs(name);
        Require.argument(
                offset instanceof Number,
                "span %s of text '%s': %s is %s, expected a number",
                span,
                text,
                name,
                offset);
        int index = Offsets.CODE_POINTS.toIndex(text, ((Number) offset).intValue());
        Require.argument(
                index >= 0, "span %s of text '%s': %s is %s, which is outside the text", span, text, name, offset);
        return index;
    }

    /** Loads a stage that {@code save} wrote. */
    public static LsrTagger load(String path) {
        return read().load(path);
    }

    /** A reader for a stage that {@code write} wrote. */
    public static MLReader<LsrTagger> read() {
        return new DefaultParamsReader<>();
    }
}
