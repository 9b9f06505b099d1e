package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.spark.SparkWeather.assertMessage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.store.KeyOutcome;
import org.lsradapt.store.KeyOutcomes;
import org.lsradapt.store.PerKeyTraining;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.tasks.classification.TextClassifier;

/** An adapter for each key of a table, against the same training on one machine. */
class LsrKeyedClassifierIT {
    private static final StructType COLUMNS = new StructType()
            .add("user", DataTypes.StringType)
            .add("text", DataTypes.StringType)
            .add("label", DataTypes.StringType);

    @TempDir
    Path folder;

    /** Users with so many rows each, of whom every other one takes the classes the other way round. */
    static Map<String, List<LabelledText>> users(int count, int rows) {
        Map<String, List<LabelledText>> users = new TreeMap<>();
        for (int user = 0; user < count; user++) {
            List<LabelledText> own = new ArrayList<>();
            for (LabelledText text : Samples.weather(rows)) {
                String other = text.label().equals("warm") ? "cold" : "warm";
                own.add(LabelledText.of(text.text() + " " + user, user % 2 == 0 ? other : text.label()));
            }
            own.sort(Comparator.comparing(LabelledText::text));
            users.put("user \"" + user + "\"", own);
        }
        return users;
    }

    static Dataset<Row> table(SparkSession spark, Map<String, List<LabelledText>> users) {
        List<Row> rows = new ArrayList<>();
        users.forEach((user, own) -> own.forEach(text -> rows.add(RowFactory.create(user, text.text(), text.label()))));
        return spark.createDataFrame(rows, COLUMNS);
    }

    static Path shared(Path folder) throws Exception {
        try (TextClassifier shared = TextClassifier.on(Samples.model("bert"))
                .adapters(LsrConfig.builder().separationRank(1).build())
                .epochs(1)
                .train(Samples.weather(30))) {
            shared.save(folder);
        }
        return folder;
    }

    static LsrKeyedClassifier estimator(Path shared, Path store) {
        return new LsrKeyedClassifier()
                .setFrom(shared.toUri().toString())
                .setStore(store.toUri().toString())
                .setKeyCol("user")
                .setParam("epochs", 4)
                .setParam("learningRate", 0.02);
    }

    @Test
    void fit_writesThePartsInParallel_equalToOneMachine_andTheModelReadsThem() throws Exception {
        Path shared = shared(folder.resolve("shared"));
        Path store = folder.resolve("users");
        Map<String, List<LabelledText>> users = users(5, 24);
        users.put("few", List.of(LabelledText.of("the sun is warm", "warm")));
        try (SparkSession spark = SparkWeather.local();
                BaseModel base = BaseModel.load(Samples.model("bert"));
                AdapterStore local = AdapterStore.open(folder.resolve("local.store"), base)) {
            Dataset<Row> table = table(spark, users).repartition(4);
            LsrKeyedClassifier estimator = estimator(shared, store).setParts(3);
            LsrTextClassifierModel fitted = estimator.fit(table);
            KeyOutcomes outcomes = PerKeyTraining.from(base, shared)
                    .config(KeyTrainer.defaultConfig(shared).toBuilder()
                            .epochs(4)
                            .learningRate(0.02)
                            .build())
                    .train(KeyedTexts.of(List.of("cold", "warm"), users), local);
            assertEquals(
                    outcomes.csv().lines().sorted().toList(),
                    spark.read().text(store + "/outcomes.csv").collectAsList().stream()
                            .map(row -> row.getString(0))
                            .sorted()
                            .toList());
            assertTrue(outcomes.count(KeyOutcome.Status.KEPT) >= 2, outcomes.csv());
            try (KeyedStore written = new KeyedStore(store.toUri().toString(), base)) {
                for (String user : users.keySet()) {
                    assertEquals(local.get(user).isPresent(), written.has(user), user);
                    if (written.has(user)) {
                        PackedAdapter expected = local.get(user).orElseThrow();
                        PackedAdapter found = written.find(user).orElseThrow().adapter();
                        assertArrayEquals(expected.numbers(), found.numbers());
                        assertArrayEquals(expected.headNumbers(), found.headNumbers());
                    }
                }
            }
            fitted.save(folder.resolve("model").toString());
            LsrTextClassifierModel loaded =
                    LsrTextClassifierModel.load(folder.resolve("model").toString());
            Map<String, Map<String, String>> answers = answers(loaded, table.withColumn("label", functions.lit("")));
            String kept = outcomes.all().stream()
                    .filter(outcome -> outcome.status() == KeyOutcome.Status.KEPT)
                    .map(KeyOutcome::key)
                    .findFirst()
                    .orElseThrow();
            local.export(kept, folder.resolve("kept"));
            try (TextClassifier own = TextClassifier.load(folder.resolve("kept"));
                    TextClassifier all = TextClassifier.load(shared)) {
                answers.get(kept)
                        .forEach((text, label) -> assertEquals(own.predict(text).label(), label, text));
                answers.get("few")
                        .forEach((text, label) -> assertEquals(all.predict(text).label(), label, text));
            }
            byte[] before = java.nio.file.Files.readAllBytes(store.resolve("outcomes.csv"));
            estimator(shared, store).fit(table.coalesce(1));
            assertArrayEquals(before, java.nio.file.Files.readAllBytes(store.resolve("outcomes.csv")));
            assertMessage(
                    "has 3 parts, expected parts = 3 to train it further, or a new folder",
                    () -> estimator.setParts(2).fit(table));
            assertMessage(
                    "training per key: column 'user' is null in row",
                    () -> estimator(shared, folder.resolve("other"))
                            .fit(table.withColumn("user", functions.lit(null).cast("string"))));
            assertMessage(
                    "label \"wet\"",
                    () -> estimator(shared, folder.resolve("other"))
                            .fit(table.withColumn("label", functions.lit("wet"))));
            assertMessage(
                    "there is no file _SUCCESS, expected a folder that LsrKeyedClassifier has completed",
                    () -> loaded.setStore(folder.resolve("other").toString()).transform(table));
        }
    }

    static Map<String, Map<String, String>> answers(LsrTextClassifierModel model, Dataset<Row> rows) {
        return model.transform(rows).select("user", "text", "predictedLabel").collectAsList().stream()
                .collect(Collectors.groupingBy(
                        row -> row.getString(0),
                        TreeMap::new,
                        Collectors.toMap(row -> row.getString(1), row -> row.getString(2), (a, b) -> a, TreeMap::new)));
    }
}
