package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.spark.SparkWeather.assertMessage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.settings.TrainingConfig;

/** The estimator and its model, on a session of two threads. */
class LsrTextClassifierIT {
    private static SparkSession spark;

    /** What the estimator's own settings give, in two shares. */
    private static LsrTextClassifierModel plain;

    private static double[][] plainLogits;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = SparkWeather.local();
        plain = estimator().fit(weather());
        plainLogits = logits(plain.transform(weather()));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Dataset<Row> weather() {
        return SparkWeather.rows(spark);
    }

    private static LsrTextClassifier estimator() {
        return SparkWeather.estimator();
    }

    private static double[][] logits(Dataset<Row> scored) {
        return SparkWeather.logits(scored);
    }

    private static double[][] probabilities(LsrTextClassifierModel fitted) {
        return fitted.transform(weather()).select("probability").collectAsList().stream()
                .map(row -> ((Vector) row.get(0)).toArray())
                .toArray(double[][]::new);
    }

    private static TrainingConfig.Builder sameConfig() {
        return FineTuning.defaultConfig(LsrConfig.defaults()).toBuilder()
                .epochs(3)
                .batchSize(20)
                .learningRate(0.01)
                .headLearningRate(0.02)
                .headSteps(5);
    }

    private static void assertClose(double[][] expected, double[][] found, double tolerance) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], tolerance);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.2})
    void fit_isTrainingOnOneMachine_upToRounding(double dropout) throws Exception {
        LsrTextClassifier estimator = estimator();
        estimator.setParam("dropout", dropout);
        LsrTextClassifierModel fitted = estimator.fit(weather());
        double[][] found = logits(fitted.transform(weather()));
        List<LabelledText> texts = SparkWeather.texts();
        try (TextClassifier single = TextClassifier.on(Samples.model("bert"))
                .config(sameConfig().dropout(dropout).build())
                .train(texts.subList(0, 60), texts.subList(60, 90))) {
            assertEquals(
                    single.training().orElseThrow().best().metrics(),
                    fitted.training().orElseThrow().best().metrics());
            assertEquals(
                    single.training().orElseThrow().last().loss(),
                    fitted.training().orElseThrow().last().loss(),
                    1e-5);
            double[][] expected = single
                    .predict(texts.stream().map(LabelledText::text).toList())
                    .stream()
                    .map(Classification::probabilities)
                    .map(all -> all.stream().mapToDouble(p -> p).toArray())
                    .toArray(double[][]::new);
            assertClose(expected, probabilities(fitted), 1e-4);
        }
        assertClose(
                found,
                dropout == 0 ? plainLogits : logits(estimator.fit(weather()).transform(weather())),
                0);
    }

    @Test
    void fit_fromAnAdapter_isTrainingOnOneMachine_upToRounding() throws Exception {
        List<LabelledText> texts = SparkWeather.texts();
        Path earlier = folder.resolve("earlier");
        try (TextClassifier first = TextClassifier.on(Samples.model("bert"))
                .adapters(LsrConfig.lora(2, 8))
                .targets(LayerSelector.suffixes(List.of("value")))
                .config(sameConfig().epochs(1).build())
                .train(texts.subList(60, 90), texts.subList(0, 20))) {
            first.save(earlier);
        }
        LsrTextClassifier estimator = estimator().setFrom(earlier.toUri().toString());
        estimator.setParam("dropout", 0.2);
        LsrTextClassifierModel fitted = estimator.fit(weather());
        try (TextClassifier single = TextClassifier.on(Samples.model("bert"))
                .from(earlier)
                .config(sameConfig().dropout(0.2).build())
                .train(texts.subList(0, 60), texts.subList(60, 90))) {
            double[][] expected = new double[texts.size()][];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = single.predict(texts.get(i).text()).probabilities().stream()
                        .mapToDouble(p -> p)
                        .toArray();
            }
            assertClose(expected, probabilities(fitted), 1e-4);
        }
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> estimator.setMethod("lora").fit(weather()))
                .getMessage();
        assertTrue(message.startsWith("method is set, expected not together with from"), message);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void fit_inAnyNumberOfShares_differsByRounding(int shares) {
        double[][] found = logits(estimator().setShares(shares).fit(weather()).transform(weather()));
        assertClose(plainLogits, found, 1e-3);
    }

    @Test
    void transform_addsWhatTheClassifierSays() throws Exception {
        assertEquals(List.of("cold", "warm"), plain.labels());
        Path saved = folder.resolve("spark");
        plain.save(saved.toString());
        List<Row> scored = plain.transform(weather())
                .select("text", "label", "prediction", "predictedLabel", "probability", "rawPrediction")
                .collectAsList();
        try (TextClassifier single =
                TextClassifier.load(saved.resolve("adapters").resolve(LsrTextClassifierModel.TRAINED))) {
            for (Row row : scored) {
                Classification expected = single.predict(row.getString(0));
                assertEquals(expected.label(), row.getString(3));
                assertEquals(List.of("cold", "warm").indexOf(expected.label()), row.getDouble(2));
                assertArrayEquals(
                        expected.probabilities().stream().mapToDouble(p -> p).toArray(),
                        ((Vector) row.get(4)).toArray(),
                        1e-6);
            }
        }
        LsrTextClassifierModel loaded = LsrTextClassifierModel.load(saved.toString());
        assertEquals(plain.uid(), loaded.uid());
        assertClose(plainLogits, logits(loaded.transform(weather())), 0);
    }

    @Test
    void pipeline_withIndexes_isSavedAndLoaded() throws Exception {
        Dataset<Row> rows = SparkWeather.rows(spark, SparkWeather.texts(), true, 30);
        Pipeline pipeline =
                new Pipeline().setStages(new PipelineStage[] {estimator().setEpochs(6)});
        pipeline.write().overwrite().save(folder.resolve("estimator").toString());
        PipelineModel fitted =
                Pipeline.load(folder.resolve("estimator").toString()).fit(rows);
        fitted.write().overwrite().save(folder.resolve("fitted").toString());
        PipelineModel loaded = PipelineModel.load(folder.resolve("fitted").toString());
        double accuracy = new MulticlassClassificationEvaluator()
                .setMetricName("accuracy")
                .evaluate(loaded.transform(rows));
        assertTrue(accuracy > 0.9, "accuracy " + accuracy);
    }

    @Test
    void crossValidator_choosesAmongSettings() {
        LsrTextClassifier estimator = estimator();
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(estimator.learningRate(), new double[] {1e-7, 0.01})
                .addGrid(estimator.doubleParam("headLearningRate"), new double[] {1e-7})
                .build();
        var chosen = new CrossValidator()
                .setEstimator(estimator)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("accuracy"))
                .setNumFolds(2)
                .fit(SparkWeather.rows(spark, SparkWeather.texts(), true, 30));
        assertEquals(2, chosen.avgMetrics().length);
        assertTrue(
                chosen.avgMetrics()[1] > chosen.avgMetrics()[0] + 0.1,
                List.of(chosen.avgMetrics()[0], chosen.avgMetrics()[1]).toString());
        assertTrue(chosen.bestModel() instanceof LsrTextClassifierModel);
    }

    @Test
    void adapterCol_choosesTheAdapterOfEachRow() throws Exception {
        Path other = folder.resolve("other");
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .config(sameConfig().seed(9).build())
                .train(IntStream.range(0, 60)
                        .mapToObj(i -> LabelledText.of(
                                Samples.text(i), List.of("a", "b", "c").get(i % 3)))
                        .toList())) {
            trained.save(other);
            LsrTextClassifierModel both =
                    plain.withAdapter("other", other.toString()).setAdapterCol("adapter");
            assertEquals(List.of("other", "trained"), both.adapterNames());
            StructType schema =
                    new StructType().add("text", DataTypes.StringType).add("adapter", DataTypes.StringType);
            List<Row> rows = IntStream.range(0, 40)
                    .mapToObj(i -> RowFactory.create(Samples.text(i), i % 4 == 0 ? "other" : "trained"))
                    .toList();
            List<Row> scored = both.transform(spark.createDataFrame(rows, schema))
                    .select("text", "adapter", "predictedLabel", "rawPrediction")
                    .collectAsList();
            assertEquals(40, scored.size());
            for (Row row : scored) {
                int classes = ((Vector) row.get(3)).size();
                assertEquals(row.getString(1).equals("other") ? 3 : 2, classes);
                if (classes == 3) {
                    assertEquals(trained.predict(row.getString(0)).label(), row.getString(2));
                }
            }
            LsrTextClassifierModel alone = LsrTextClassifierModel.ofFolder(other.toString());
            assertEquals(List.of("a", "b", "c"), alone.labels());
            for (String name :
                    List.of("", " ", ".", "..", "a/b", "../x", "a\\b", "a:b", ".hidden", "_hidden", "base")) {
                assertMessage(
                        "adapter '" + name + "': expected a name of letters, digits",
                        () -> alone.withAdapter(name, other.toString()));
            }
            assertMessage(
                    "adapter 'trained': the model has one of this name, expected another name than [trained]",
                    () -> alone.withAdapter("trained", other.toString()));
            assertEquals(
                    List.of("M\u00fcller S.-1", "trained"),
                    alone.withAdapter("M\u00fcller S.-1", other.toString()).adapterNames());
            assertEquals(
                    trained.predict(Samples.text(7)).label(),
                    alone.transform(weather().limit(8))
                            .select("predictedLabel")
                            .collectAsList()
                            .get(7)
                            .getString(0));
        }
    }

    @Test
    void fit_withCheckpoints_isNotRepeated_andGoesOnInOtherShares() throws Exception {
        String checkpoints = folder.resolve("state").toUri().toString();
        assertClose(
                plainLogits,
                logits(estimator().setCheckpointDir(checkpoints).fit(weather()).transform(weather())),
                0);
        try (Stream<Path> files = Files.list(folder.resolve("state"))) {
            assertTrue(files.anyMatch(file -> file.toString().endsWith(".safetensors")));
        }
        // Of a training that ended nothing is left to compute, so other shares do not matter.
        assertClose(
                plainLogits,
                logits(estimator()
                        .setShares(5)
                        .setCheckpointDir(checkpoints)
                        .fit(weather())
                        .transform(weather())),
                0);
        RuntimeException other = assertThrows(
                RuntimeException.class,
                () -> estimator()
                        .setLearningRate(0.5)
                        .setCheckpointDir(checkpoints)
                        .fit(weather()));
        assertTrue(other.getMessage().contains("learning rate"), other.getMessage());
        LsrTextClassifier balanced = estimator().setCheckpointDir(checkpoints);
        balanced.setParam("balancedClasses", true);
        assertMessage("is of a training whose class weights is none, this one's is [", () -> balanced.fit(weather()));
        Column turned =
                functions.when(functions.col("label").equalTo("cold"), "warm").otherwise("cold");
        Dataset<Row> otherwise = weather()
                .withColumn(
                        "label",
                        functions.when(functions.col("held_out"), turned).otherwise(functions.col("label")));
        assertMessage(
                "is of a training whose evaluation data is ",
                () -> estimator().setCheckpointDir(checkpoints).fit(otherwise));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void fit_thatWasCutShort_goesOn_alsoInOtherShares(int sharesAfter) throws Exception {
        Path state = folder.resolve("state");
        LsrTextClassifier estimator =
                estimator().setShares(2).setCheckpointDir(state.toUri().toString());
        estimator.setParam("checkpointEvery", 1);
        AtomicBoolean ended = new AtomicBoolean();
        Thread killer = new Thread(() -> {
            while (!Files.exists(state.resolve("step-0000000003.safetensors"))) {
                Thread.onSpinWait();
            }
            // Between two jobs there is none to cancel. Without a pause Spark would be busy with requests for a while.
            while (!ended.get()) {
                spark.sparkContext().cancelAllJobs();
                LockSupport.parkNanos(1_000_000);
            }
        });
        killer.start();
        assertThrows(Exception.class, () -> estimator.fit(weather()));
        ended.set(true);
        killer.join();
        estimator.setShares(sharesAfter);
        LsrTextClassifierModel resumed = estimator.fit(weather());
        assertEquals(4, resumed.training().orElseThrow().evaluations().size());
        assertClose(plainLogits, logits(resumed.transform(weather())), sharesAfter == 2 ? 0 : 1e-3);
    }

    @Test
    void lora_isScaledAsOnTheCommandLine() throws Exception {
        LsrTextClassifier estimator = estimator().setMethod("lora");
        estimator.setParam("bottleneckRank", 2);
        LsrTextClassifierModel fitted = estimator.fit(weather());
        fitted.save(folder.resolve("lora").toString());
        Path adapter = folder.resolve("lora").resolve("adapters").resolve(LsrTextClassifierModel.TRAINED);
        try (SavedAdapter saved = AdapterFolder.load(adapter)) {
            assertEquals(4, saved.configs().get(0).scaling());
            assertEquals(2, saved.configs().get(0).bottleneckRank());
        }
    }

    @Test
    void badInput_isNamed() {
        assertMessage("shares is -1, expected 0 or more", () -> estimator().setShares(-1));
        assertMessage(
                "text column 'words' is not there, expected one of [text, label, held_out]",
                () -> estimator().setTextCol("words").fit(weather()));
        assertMessage(
                "text column 'held_out' holds boolean, expected string",
                () -> estimator().setTextCol("held_out").fit(weather()));
        assertMessage(
                "method is 'dora', expected lsr or lora",
                () -> estimator().setMethod("dora").fit(weather()));
        assertMessage(
                "validation column 'label' holds string, expected boolean",
                () -> estimator().setValidationIndicatorCol("label").fit(weather()));
        assertMessage(
                "output column 'prediction' is there already",
                () -> estimator()
                        .fit(weather()
                                .withColumnRenamed("held_out", "prediction")
                                .withColumn("held_out", functions.lit(false))));
        assertMessage(
                "column 'label' is null in row",
                () -> estimator()
                        .fit(weather().withColumn("label", functions.lit(null).cast("string"))));
        assertMessage(
                "has 0.5, expected a class index from 0 to 9999",
                () -> estimator().fit(weather().withColumn("label", functions.lit(0.5))));
        assertMessage(
                "the model was trained on single texts, expected no secondTextCol",
                () -> plain.copy(ParamMap.empty()).setSecondTextCol("label").transform(weather()));
        assertMessage(
                "scoring: there is no adapter 'cold', expected one of [trained]",
                () -> plain.copy(ParamMap.empty())
                        .setAdapterCol("label")
                        .transform(weather())
                        .count());
        assertMessage(
                "scoring: column 'text' is null in row",
                () -> plain.transform(
                                weather().withColumn("text", functions.lit(null).cast("string")))
                        .collectAsList());
    }
}
