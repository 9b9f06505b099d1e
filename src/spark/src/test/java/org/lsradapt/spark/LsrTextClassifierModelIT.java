package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.spark.SparkWeather.assertMessage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model among Spark's other stages: in what it is given, and where it is sent. */
class LsrTextClassifierModelIT {
    private static SparkSession spark;
    private static LsrTextClassifierModel fitted;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() {
        spark = SparkWeather.local();
        fitted = quick().fit(weather());
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static LsrTextClassifier quick() {
        return SparkWeather.estimator().setEpochs(1);
    }

    private static Dataset<Row> weather() {
        return SparkWeather.rows(spark);
    }

    private static void assertSame(double[][] expected, double[][] found) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i]);
        }
    }

    @Test
    void twoClassifiers_areStagesOfOnePipeline() throws Exception {
        LsrTextClassifier second = quick().setSeed(9)
                .setPredictionCol("prediction2")
                .setRawPredictionCol("raw2")
                .setProbabilityCol("")
                .setPredictedLabelCol("");
        PipelineModel both =
                new Pipeline().setStages(new PipelineStage[] {quick(), second}).fit(weather());
        both.write().overwrite().save(folder.resolve("both").toString());
        Dataset<Row> scored =
                PipelineModel.load(folder.resolve("both").toString()).transform(weather());
        assertSame(SparkWeather.logits(fitted.transform(weather())), SparkWeather.logits(scored));
        assertSame(
                SparkWeather.logits(quick().setSeed(9).fit(weather()).transform(weather())),
                SparkWeather.logits(scored.select(functions.col("raw2").as("rawPrediction"))));
    }

    @Test
    void transform_afterAMap_scoresItsRows_andNamesANull() {
        Dataset<Row> mapped = weather()
                .map(
                        (MapFunction<Row, Row>)
                                row -> RowFactory.create(row.getString(0).strip(), row.get(1), row.get(2)),
                        Encoders.row(weather().schema()));
        assertSame(SparkWeather.logits(fitted.transform(weather())), SparkWeather.logits(fitted.transform(mapped)));
        Dataset<Row> holed = weather()
                .map(
                        (MapFunction<Row, Row>) row -> RowFactory.create(null, row.get(1), row.get(2)),
                        Encoders.row(weather().schema()));
        assertMessage(
                "scoring: column 'text' is null in row [null,",
                () -> fitted.transform(holed).collectAsList());
    }

    @Test
    void columns_mayHaveDotsAndQuotesInTheirNames() {
        String text = "mail.body";
        String label = "is `it`.spam";
        Dataset<Row> dotted = weather().toDF(text, label, "held.out");
        LsrTextClassifier estimator = quick().setTextCol(text)
                .setLabelCol(label)
                .setValidationIndicatorCol("held.out")
                .setPredictionCol("the.prediction");
        Dataset<Row> scored = estimator.fit(dotted).transform(dotted);
        assertEquals(
                List.of(text, label, "held.out", "rawPrediction", "probability", "the.prediction", "predictedLabel"),
                List.of(scored.columns()));
        assertSame(SparkWeather.logits(fitted.transform(weather())), SparkWeather.logits(scored));
    }

    @Test
    void column_thatIsThereTwice_isRefused() {
        Dataset<Row> twice =
                weather().withColumn("other", functions.col("text")).toDF("text", "label", "held_out", "text");
        assertMessage("text column 'text' is there twice, expected once", () -> fitted.transform(twice));
    }

    @Test
    void stages_areSerializable_andScoreAsBefore() throws Exception {
        LsrTextClassifier estimator = copyOf(quick());
        assertEquals("held_out", estimator.getOrDefault(estimator.getParam("validationIndicatorCol")));
        assertSame(
                SparkWeather.logits(fitted.transform(weather())),
                SparkWeather.logits(estimator.fit(weather()).transform(weather())));
        LsrTextClassifierModel model = copyOf(fitted);
        assertEquals(fitted.uid(), model.uid());
        assertEquals(fitted.labels(), model.labels());
        assertEquals(Optional.empty(), model.training());
        assertTrue(fitted.training().isPresent());
        assertSame(SparkWeather.logits(fitted.transform(weather())), SparkWeather.logits(model.transform(weather())));
        model.save(folder.resolve("saved").toString());
        assertEquals(
                fitted.labels(),
                LsrTextClassifierModel.load(folder.resolve("saved").toString()).labels());
    }

    @Test
    void model_isReadInTasks() {
        Broadcast<LsrTextClassifierModel> sent =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(fitted);
        List<String> names = weather()
                .limit(2)
                .map(
                        (MapFunction<Row, String>) row ->
                                sent.value().labels().get(row.getString(1).equals("cold") ? 0 : 1)
                                        + sent.value().adapterNames(),
                        Encoders.STRING())
                .collectAsList();
        List<String> labels =
                weather().limit(2).select("label").as(Encoders.STRING()).collectAsList();
        assertEquals(labels.stream().map(label -> label + "[trained]").toList(), names);
    }

    @SuppressWarnings("unchecked")
    private static <T> T copyOf(T value) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }
}
