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
                    return classifier.setEpochs(1).setBatchSize(30).setModel("%s");
                }

                private static Dataset<Row> reviews() {
                    return SparkSession.active().table("reviews");
                }

                public static Object pipeline(File parent) throws Exception {
                    String folder = new File(parent, "pipeline").toString();
                    Dataset<Row> reviews = reviews();
                    Dataset<Row> others = reviews.limit(5);
            %s
                    return scored.columns().length + " " + scored.count();
                }

                public static Object validated(File parent) throws Exception {
                    Dataset<Row> indexed = reviews();
            %s
                    return chosen.avgMetrics().length;
                }

                public static Object many(File parent) throws Exception {
                    String first = new File(parent, "pipeline/stages").listFiles()[0] + "/adapters/trained";
                    String second = first;
            %s
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
                        .replace("        .setModel(\"minilm\")\n", ""))
                .toList();
        assertEquals(3, blocks.size());
        DocumentedJava.compile(
                folder, page, SOURCE.formatted(Samples.model("bert"), blocks.get(0), blocks.get(1), blocks.get(2)));
        try (SparkSession spark = SparkWeather.local()) {
            SparkWeather.rows(spark)
                    .withColumnRenamed("text", "review")
                    .withColumnRenamed("label", "opinion")
                    .selectExpr(
                            "review", "opinion", "if(opinion = 'warm', 1, 0) AS opinionIndex", "'trained' AS adapter")
                    .createOrReplaceTempView("reviews");
            assertEquals("8 5", DocumentedJava.call(folder, "pipeline", folder.toFile()));
            assertEquals(2, DocumentedJava.call(folder, "validated", folder.toFile()));
            assertTrue((long) DocumentedJava.call(folder, "many", folder.toFile()) <= 2);
        }
    }
}
