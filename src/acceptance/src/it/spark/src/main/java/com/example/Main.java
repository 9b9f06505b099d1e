package com.example;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.spark.LsrTextClassifier;

/** Fits a pipeline of Spark ML on two threads, saves and loads it, and scores with it. */
class Main {
    public static void main(String[] args) throws Exception {
        try (SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate()) {
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                rows.add(RowFactory.create("a great film, part " + i, "good"));
                rows.add(RowFactory.create("a dull film, part " + i, "bad"));
            }
            Dataset<Row> reviews = spark.createDataFrame(
                    rows, new StructType().add("review", DataTypes.StringType).add("opinion", DataTypes.StringType));

            LsrTextClassifier classifier = new LsrTextClassifier()
                    .setModel("minilm")
                    .setTextCol("review")
                    .setLabelCol("opinion")
                    .setEpochs(1)
                    .setSeed(1);
            classifier.setParam("headSteps", 10);
            PipelineModel fitted =
                    new Pipeline().setStages(new PipelineStage[] {classifier}).fit(reviews);
            fitted.write().overwrite().save(args[0]);
            Dataset<Row> scored = PipelineModel.load(args[0]).transform(reviews);
            long right = scored.filter("predictedLabel = opinion").count();
            if (right < 36) {
                throw new AssertionError(right + " of 40 reviews are classified right, expected at least 36");
            }
        }
    }
}
