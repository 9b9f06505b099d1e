package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.DocumentedJava;
import org.lsradapt.finetuning.Samples;

/** Compiles and runs the Java of docs/guides/spark.md, with a small model and few steps. */
class SparkPageIT {
    private static final String SOURCE = """
            import java.io.File;

            public class Snippets {
                private static LsrTextClassifier small(LsrTextClassifier classifier) {
                    classifier.setParam("headSteps", 1);
                    return classifier.setEpochs(1).setBatchSize(30).setModel("%1$s");
                }

                private static Dataset<Row> reviews() {
                    return SparkSession.active().table("reviews");
                }

                public static Object pipeline(File parent) throws Exception {
                    String folder = new File(parent, "pipeline").toString();
                    Dataset<Row> reviews = reviews();
                    Dataset<Row> others = reviews.limit(5);
            %2$s
                    return scored.columns().length + " " + scored.count();
                }

                public static Object validated(File parent) throws Exception {
                    Dataset<Row> indexed = reviews();
            %3$s
                    return chosen.avgMetrics().length;
                }

                private static LsrEmbedder few(LsrEmbedder stage) {
                    return stage.setModel("%1$s").setEpochs(1);
                }

                private static LsrReranker few(LsrReranker stage) {
                    return stage.setModel("%1$s").setEpochs(1).setParam("headSteps", 1);
                }

                private static LsrTagger few(LsrTagger stage) {
                    return stage.setModel("%1$s").setEpochs(1).setParam("headSteps", 1);
                }

                public static Object others(File parent) throws Exception {
                    Dataset<Row> pairs = reviews().selectExpr(
                            "concat(review, ' ', id) AS question", "concat('so ', review, ' ', id) AS answer");
                    Dataset<Row> judged = reviews().selectExpr(
                            "concat('how is it ', id %% 12) AS question",
                            "concat(review, ' ', id) AS answer", "opinionIndex AS label");
                    Dataset<Row> sentences = reviews().selectExpr(
                            "array('it', 'is', opinion, concat(id)) AS tokens",
                            "array('O', 'O', 'B-STATE', 'O') AS ner_tags");
            %5$s
                    return vectors.columns().length + " " + ranked.count() + " " + names.columns().length;
                }

                public static Object keyed(File parent) throws Exception {
                    String sharedFolder = new File(parent, "pipeline/stages").listFiles()[0] + "/adapters/trained";
                    String usersFolder = new File(parent, "users").toString();
                    Dataset<Row> reviews = reviews();
            %6$s
                    return answers.count() + " " + new File(usersFolder, "outcomes.csv").exists();
                }

                public static Object many(File parent) throws Exception {
                    String first = new File(parent, "pipeline/stages").listFiles()[0] + "/adapters/trained";
                    String second = first;
            %4$s
                    return both.transform(reviews()).select("predictedLabel").distinct().count();
                }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void page_runsAsItStands() throws Exception {
        String page = Files.readString(Path.of("docs/guides/spark.md"));
        List<String> blocks = DocumentedJava.blocks(page).stream()
                .map(block -> block.replace("new LsrTextClassifier()", "small(new LsrTextClassifier())")
                        .replace("        .setModel(\"minilm\")\n", "")
                        .replaceAll("new (LsrEmbedder|LsrReranker|LsrTagger)\\(\\)", "few(new $1())")
                        .replace("new LsrKeyedClassifier()", "new LsrKeyedClassifier().setParam(\"epochs\", 1)"))
                .toList();
        assertEquals(5, blocks.size());
        DocumentedJava.compile(
                folder,
                page,
                SOURCE.formatted(
                        Samples.model("bert"),
                        blocks.get(0),
                        blocks.get(1),
                        blocks.get(4),
                        blocks.get(2),
                        blocks.get(3)));
        try (SparkSession spark = SparkWeather.local()) {
            SparkWeather.rows(spark)
                    .withColumnRenamed("text", "review")
                    .withColumnRenamed("label", "opinion")
                    .selectExpr(
                            "review",
                            "opinion",
                            "if(opinion = 'warm', 1, 0) AS opinionIndex",
                            "'trained' AS adapter",
                            "concat('user ', monotonically_increasing_id() % 2) AS user",
                            "monotonically_increasing_id() AS id")
                    .createOrReplaceTempView("reviews");
            assertEquals("10 5", DocumentedJava.call(folder, "pipeline", folder.toFile()));
            assertEquals(2, DocumentedJava.call(folder, "validated", folder.toFile()));
            assertEquals("3 90 6", DocumentedJava.call(folder, "others", folder.toFile()));
            assertEquals("90 true", DocumentedJava.call(folder, "keyed", folder.toFile()));
            assertTrue((long) DocumentedJava.call(folder, "many", folder.toFile()) <= 2);
        }
    }
}
