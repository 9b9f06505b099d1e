package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.spark.SparkWeather.assertMessage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.tokens.FoundSpan;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenClassifier;
import org.lsradapt.training.settings.TrainingConfig;

/** Embedders, taggers and rerankers as stages, against the same trainings on one machine. */
class LsrStagesIT {
    private static final DataType STRINGS = DataTypes.createArrayType(DataTypes.StringType);
    private static final DataType SPANS = DataTypes.createArrayType(new StructType()
            .add("start", DataTypes.IntegerType)
            .add("end", DataTypes.IntegerType)
            .add("label", DataTypes.StringType));

    private static SparkSession spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = SparkWeather.local();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    /** The settings of a quick training; those of the stages and of one machine are equal. */
    private static <E extends LsrEstimator<E, ?>> E quick(E estimator) {
        estimator.setModel(Samples.model("bert")).setEpochs(1).setBatchSize(6).setLearningRate(0.01);
        if (estimator.hasParam("headSteps")) {
            estimator.setParam("headSteps", 2).setParam("headLearningRate", 0.02);
        }
        return estimator.setParam("dropout", 0.2).setValidationIndicatorCol("held_out");
    }

    private static TrainingConfig quick(TrainingDefaults defaults) {
        return defaults.config(LsrConfig.defaults()).toBuilder()
                .epochs(1)
                .batchSize(6)
                .learningRate(0.01)
                .headSteps(defaults == TrainingDefaults.HEAD || defaults == TrainingDefaults.QUERIES ? 2 : 0)
                .headLearningRate(0.02)
                .dropout(0.2)
                .build();
    }

    private static Dataset<Row> table(List<Row> rows, String first, DataType type, String second, DataType other) {
        return spark.createDataFrame(
                rows,
                new StructType().add(first, type).add(second, other).add("held_out", DataTypes.BooleanType, false));
    }

    private static String text(int i) {
        return Samples.text(i) + " " + i;
    }

    private static Dataset<Row> pairs() {
        return table(
                IntStream.range(0, 16)
                        .mapToObj(i -> RowFactory.create(text(i), text(i + 20), i >= 12))
                        .toList(),
                "question",
                DataTypes.StringType,
                "answer",
                DataTypes.StringType);
    }

    private static LsrEmbedder embedder() {
        return quick(new LsrEmbedder()).setAnchorCol("question").setPositiveCol("answer");
    }

    private static double[][] vectors(LsrEmbedderModel model, Dataset<Row> rows) {
        return model.setTextCol("question").transform(rows).select("embedding").collectAsList().stream()
                .map(row -> ((Vector) row.get(0)).toArray())
                .toArray(double[][]::new);
    }

    private static void assertClose(float[][] expected, double[][] found) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            for (int c = 0; c < expected[i].length; c++) {
                assertEquals(expected[i][c], found[i][c], 1e-4);
            }
        }
    }

    @Test
    void embedder_contrastsWholeBatches_asOneMachineDoes() throws Exception {
        Dataset<Row> withNegatives = pairs().withColumn("wrong", functions.array(functions.lit(text(50))));
        List<TextPair> all = IntStream.range(0, 16)
                .mapToObj(i -> new TextPair(text(i), text(i + 20), List.of(text(50))))
                .toList();
        try (TextEmbedder single = TextEmbedder.on(Samples.model("bert"))
                .config(quick(TrainingDefaults.PAIRS))
                .dimensions(List.of(24, 8))
                .train(all.subList(0, 12), all.subList(12, 16))) {
            float[][] expected = single.embed(all.stream().map(TextPair::anchor).toList());
            LsrEmbedder estimator = embedder().setNegativeCol("wrong").setShares(3);
            LsrEmbedderModel fitted = estimator.setParam("dimensions", "24, 8").fit(withNegatives);
            assertClose(expected, vectors(fitted, withNegatives));
            assertEquals(
                    single.training().orElseThrow().last().loss(),
                    fitted.training().orElseThrow().last().loss(),
                    1e-5);
        }
    }

    @Test
    void embedder_learnsSimilarities_isSavedAndLoaded_andServesSeveralAdapters() throws Exception {
        Dataset<Row> scored = pairs().withColumn("similarity", functions.length(functions.col("answer")));
        LsrEmbedder estimator = embedder().setSimilarityCol("similarity").setLoss("cosent");
        LsrEmbedderModel fitted = estimator.fit(scored);
        List<ScoredPair> all = IntStream.range(0, 16)
                .mapToObj(
                        i -> new ScoredPair(text(i), text(i + 20), text(i + 20).length()))
                .toList();
        Path saved = folder.resolve("embedder");
        fitted.setTextCol("question").save(saved.toString());
        LsrEmbedderModel loaded = LsrEmbedderModel.load(saved.toString());
        try (TextEmbedder single = TextEmbedder.on(Samples.model("bert"))
                .config(quick(TrainingDefaults.EMBEDDINGS))
                .loss(EmbeddingLoss.cosent(EmbeddingLoss.SCALE))
                .trainScored(all.subList(0, 12), all.subList(12, 16))) {
            float[][] expected =
                    single.embed(all.stream().map(ScoredPair::first).toList());
            assertClose(expected, vectors(loaded, scored));
            single.save(folder.resolve("single"));
            LsrEmbedderModel both = loaded.withAdapter(
                            "other", folder.resolve("single").toString())
                    .setAdapterCol("adapter");
            assertClose(expected, vectors(both, scored.withColumn("adapter", functions.lit("other"))));
        }
        assertMessage(
                "negativeCol is set, expected not together with similarityCol",
                () -> estimator.setNegativeCol("answer").fit(scored));
    }

    private static Dataset<Row> judged() {
        List<Row> rows = new ArrayList<>();
        for (int query = 0; query < 8; query++) {
            for (int passage = 0; passage < 3; passage++) {
                rows.add(RowFactory.create(text(query), text(20 + passage), query >= 6, passage));
            }
        }
        return spark.createDataFrame(
                rows,
                new StructType()
                        .add("query", DataTypes.StringType)
                        .add("passage", DataTypes.StringType)
                        .add("held_out", DataTypes.BooleanType)
                        .add("label", DataTypes.IntegerType));
    }

    private static double[] margins(LsrRerankerModel model) {
        return margins(model.transform(judged()).select("score").collectAsList().stream()
                .mapToDouble(row -> row.getDouble(0))
                .toArray());
    }

    /**
     * The scores over those of the query's first passages: the loss does not depend on the head's bias, so its gradient is the
     * rounding alone, which the optimizer makes a step of.
     */
    private static double[] margins(double[] scores) {
        return IntStream.range(0, scores.length)
                .mapToDouble(i -> scores[i] - scores[i / 3 * 3])
                .toArray();
    }

    @Test
    void reranker_keepsAQuerysPassagesTogether_asOneMachineDoes() throws Exception {
        List<String> passages = List.of(text(20), text(21), text(22));
        List<JudgedQuery> queries = IntStream.range(0, 8)
                .mapToObj(i -> new JudgedQuery(text(i), passages, List.of(0.0, 1.0, 2.0), List.of()))
                .toList();
        LsrReranker estimator = quick(new LsrReranker()).setShares(4);
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {estimator});
        pipeline.write().overwrite().save(folder.resolve("pipeline").toString());
        PipelineModel fitted =
                Pipeline.load(folder.resolve("pipeline").toString()).fit(judged());
        fitted.write().overwrite().save(folder.resolve("fitted").toString());
        LsrRerankerModel loaded = (LsrRerankerModel)
                PipelineModel.load(folder.resolve("fitted").toString()).stages()[0];
        try (Reranker single = Reranker.on(Samples.model("bert"))
                .config(quick(TrainingDefaults.QUERIES))
                .loss(RankingLoss.listwise())
                .train(queries.subList(0, 6), queries.subList(6, 8))) {
            double[] expected = queries.stream()
                    .flatMapToDouble(
                            query -> IntStream.range(0, 3).mapToDouble(i -> single.score(query.query(), passages)[i]))
                    .toArray();
            assertArrayEquals(margins(expected), margins(loaded), 1e-4);
            single.save(folder.resolve("single"));
            assertArrayEquals(
                    margins(expected),
                    margins(LsrRerankerModel.ofFolder(folder.resolve("single").toString())),
                    1e-5);
        }
    }

    @Test
    void reranker_isTunedByBinaryRelevance() {
        LsrReranker estimator = quick(new LsrReranker()).setLoss("binary").setValidationIndicatorCol("");
        Dataset<Row> relevant = judged().withColumn("label", functions.expr("if(label > 0, 1.0, 0.0)"));
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(estimator.learningRate(), new double[] {1e-2})
                .build();
        TrainValidationSplitModel chosen = new TrainValidationSplit()
                .setEstimator(estimator)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new BinaryClassificationEvaluator().setRawPredictionCol("score"))
                .setSeed(1)
                .fit(relevant);
        assertEquals(1, chosen.validationMetrics().length);
        assertTrue(chosen.bestModel() instanceof LsrRerankerModel);
    }

    private static final List<String> PLACES = List.of("Rome", "Oslo", "Bern", "Lima");

    private static List<String> words(int i) {
        return List.of("\uD83C\uDF27" + i, "is", i % 2 == 0 ? "cold" : "warm", "in", PLACES.get(i % 4), "now");
    }

    private static final List<String> TAGS = List.of("O", "O", "O", "O", "B-LOC", "O");

    private static Dataset<Row> sentences() {
        return table(
                IntStream.range(0, 16)
                        .mapToObj(i -> RowFactory.create(
                                words(i).toArray(new String[0]), TAGS.toArray(new String[0]), i >= 12))
                        .toList(),
                "words",
                STRINGS,
                "tags_known",
                STRINGS);
    }

    @Test
    void tagger_tagsWords_andFindsSpansInTexts_asOneMachineDoes() throws Exception {
        LsrTagger estimator = quick(new LsrTagger())
                .setTextCol("words")
                .setLabelCol("tags_known")
                .setEpochs(8)
                .setShares(3);
        LsrTaggerModel fitted = estimator.fit(sentences());
        Path saved = folder.resolve("tagger");
        fitted.save(saved.toString());
        LsrTaggerModel loaded = LsrTaggerModel.load(saved.toString());
        assertEquals(List.of("O", "B-LOC", "I-LOC"), loaded.labels());
        List<LabelledWords> all = IntStream.range(0, 16)
                .mapToObj(i -> new LabelledWords(words(i), TAGS))
                .toList();
        try (TokenClassifier single = TokenClassifier.on(Samples.model("bert"))
                .config(quick(TrainingDefaults.HEAD).toBuilder().epochs(8).build())
                .train(all.subList(0, 12), all.subList(12, 16))) {
            List<Row> tagged = loaded.transform(sentences()).select("tags").collectAsList();
            List<List<String>> expected =
                    single.predictTags(all.stream().map(LabelledWords::words).toList());
            assertEquals(
                    expected, tagged.stream().map(row -> row.<String>getList(0)).toList());
            String text = "\uD83C\uDF27 is cold in Rome now";
            List<FoundSpan> spans = single.predict(text);
            Dataset<Row> texts = spark.createDataFrame(
                    List.of(RowFactory.create(text)), new StructType().add("text", DataTypes.StringType));
            List<Row> found = loaded.setTextCol("text")
                    .transform(texts)
                    .selectExpr("text AS whole", "inline(spans)")
                    .selectExpr("label", "score", "start", "substring(whole, start + 1, end - start)")
                    .collectAsList();
            assertEquals(spans.size(), found.size());
            for (int i = 0; i < spans.size(); i++) {
                assertEquals(spans.get(i).label(), found.get(i).getString(0));
                assertEquals(spans.get(i).score(), found.get(i).getDouble(1), 1e-4);
                assertEquals(spans.get(i).text(), found.get(i).getString(3));
            }
            assertTrue(spans.stream().anyMatch(span -> span.start() > 2), spans.toString());
        }
    }

    @Test
    void tagger_learnsTextsWithSpans() {
        Dataset<Row> texts = table(
                IntStream.range(0, 16)
                        .mapToObj(i -> {
                            String before = "\uD83C\uDF27 " + i + " in ";
                            int start = before.codePointCount(0, before.length());
                            String place = PLACES.get(i % 4);
                            return RowFactory.create(
                                    before + place,
                                    new Row[] {RowFactory.create(start, start + place.length(), "LOC")},
                                    i >= 12);
                        })
                        .toList(),
                "text",
                DataTypes.StringType,
                "label",
                SPANS);
        LsrTaggerModel fitted = quick(new LsrTagger()).fit(texts);
        assertEquals(List.of("O", "B-LOC", "I-LOC"), fitted.labels());
        assertEquals(16, fitted.transform(texts).select("spans").count());
        assertMessage(
                "start is -1, which is outside the text",
                () -> quick(new LsrTagger())
                        .fit(texts.withColumn(
                                "label",
                                functions.expr("transform(label, s -> named_struct('start', -1, 'end', s.end, 'label',"
                                        + " s.label))"))));
    }

    @Test
    void badInput_isNamed() {
        assertMessage(
                "anchor column 'anchor' is not there, expected one of [question, answer, held_out]",
                () -> embedder().setAnchorCol("anchor").fit(pairs()));
        assertMessage(
                "loss is 'cosine', expected contrast or triplet",
                () -> embedder().setLoss("cosine").fit(pairs()));
        assertMessage(
                "dimensions is 'all', expected numbers such as 384,128",
                () -> embedder().setParam("dimensions", "all").fit(pairs()));
        assertMessage(
                "loss is 'margin', expected binary or listwise",
                () -> quick(new LsrReranker()).setLoss("margin").fit(judged()));
        assertMessage(
                "twice, with label 0.0 and 1.0, expected the same",
                () -> quick(new LsrReranker()).fit(judged().withColumn("passage", functions.lit("one"))));
        assertMessage(
                "label column 'tags_known' holds tags, expected spans",
                () -> quick(new LsrTagger())
                        .setTextCol("text")
                        .setLabelCol("tags_known")
                        .fit(sentences().withColumn("text", functions.lit("a text"))));
        assertMessage(
                "column 'words' has a null in row",
                () -> quick(new LsrTagger())
                        .setTextCol("words")
                        .setLabelCol("tags_known")
                        .fit(sentences()
                                .withColumn("words", functions.expr("transform(words, w -> null)"))
                                .withColumn("words", functions.col("words").cast(STRINGS))));
    }
}
