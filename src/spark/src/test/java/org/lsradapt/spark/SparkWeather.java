package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;

/** The texts of {@link Samples} as a dataset, and what learns them in seconds. */
public final class SparkWeather {

    private SparkWeather() {}

    /** A session of two threads. */
    public static SparkSession local() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
    }

    /** Texts, the last of them to evaluate on, with the names of their classes or their indexes. */
    static Dataset<Row> rows(SparkSession spark, List<LabelledText> texts, boolean indexes, int dev) {
        StructType schema = new StructType()
                .add("text", DataTypes.StringType, true)
                .add("label", indexes ? DataTypes.IntegerType : DataTypes.StringType, true)
                .add("held_out", DataTypes.BooleanType, false);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            LabelledText text = texts.get(i);
            Object label = indexes ? (text.label().equals("warm") ? 1 : 0) : text.label();
            rows.add(RowFactory.create(text.text(), label, i >= texts.size() - dev));
        }
        return spark.createDataFrame(rows, schema);
    }

    /** Ninety texts, the last thirty to evaluate on. */
    static Dataset<Row> rows(SparkSession spark) {
        return rows(spark, texts(), false, 30);
    }

    static List<LabelledText> texts() {
        List<LabelledText> texts = new ArrayList<>(Samples.weather(60));
        texts.addAll(Samples.weather(30));
        return texts;
    }

    static LsrTextClassifier estimator() {
        LsrTextClassifier estimator = new LsrTextClassifier()
                .setModel(Samples.model("bert"))
                .setValidationIndicatorCol("held_out")
                .setEpochs(3)
                .setBatchSize(20)
                .setLearningRate(0.01);
        estimator.setParam("headLearningRate", 0.02);
        estimator.setParam("headSteps", 5);
        return estimator;
    }

    static double[][] logits(Dataset<Row> scored) {
        return scored.select("rawPrediction").collectAsList().stream()
                .map(row -> ((Vector) row.get(0)).toArray())
                .toArray(double[][]::new);
    }

    /** Fails unless a step throws an exception with a message that has this part, or whose cause has. */
    static void assertMessage(String expected, Runnable step) {
        Throwable thrown = assertThrows(Exception.class, step::run);
        List<String> messages = new ArrayList<>();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            messages.add(String.valueOf(cause.getMessage()));
        }
        assertTrue(messages.stream().anyMatch(message -> message.contains(expected)), messages.toString());
    }
}
