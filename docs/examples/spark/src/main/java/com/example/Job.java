package com.example;

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
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.tasks.official.Tasks;

/** Learns from glosses of WordNet which kind of thing a noun is, saves the pipeline, loads it and scores with it. */
class Job {
    private static final StructType COLUMNS =
            new StructType().add("gloss", DataTypes.StringType).add("kind", DataTypes.StringType);

    public static void main(String[] args) throws Exception {
        Task task = Tasks.named("wordnet");
        LabelledData data = task.load();
        try (SparkSession spark = session()) {
            int count = Integer.parseInt(args[1]);
            Dataset<Row> train = rows(spark, task, data.train().subList(0, count));
            Dataset<Row> others = rows(spark, task, data.evaluation().subList(0, Math.min(count, 1000)));

            LsrTextClassifier classifier = new LsrTextClassifier()
                    .setModel("minilm")
                    .setTextCol("gloss")
                    .setLabelCol("kind")
                    .setEpochs(Integer.parseInt(args[2]))
                    .setSeed(1);
            classifier.setParam("headSteps", 50);
            PipelineModel fitted =
                    new Pipeline().setStages(new PipelineStage[] {classifier}).fit(train);
            fitted.write().overwrite().save(args[0]);

            Dataset<Row> scored = PipelineModel.load(args[0]).transform(others).cache();
            scored.select("gloss", "kind", "predictedLabel").show(5, 50);
            long right = scored.filter("predictedLabel = kind").count();
            System.out.printf("accuracy %.3f%n", (double) right / scored.count());
        }
    }

    static SparkSession session() {
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        spark.sparkContext().setLogLevel("WARN");
        return spark;
    }

    static Dataset<Row> rows(SparkSession spark, Task task, List<Example> examples) {
        return spark.createDataFrame(
                examples.stream()
                        .map(one -> RowFactory.create(
                                one.first(), task.labels().get(one.category())))
                        .toList(),
                COLUMNS);
    }
}
