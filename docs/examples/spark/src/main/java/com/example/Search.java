package com.example;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;

import org.apache.spark.ml.feature.BucketedRandomProjectionLSH;
import org.apache.spark.ml.feature.BucketedRandomProjectionLSHModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.spark.LsrEmbedder;
import org.lsradapt.spark.LsrEmbedderModel;
import org.lsradapt.tasks.official.Tasks;

/** Learns to find the glosses of a kind of thing, and searches others with Spark ML's nearest neighbours. */
class Search {

    public static void main(String[] args) throws Exception {
        Task task = Tasks.named("wordnet");
        LabelledData data = task.load();
        try (SparkSession spark = Job.session()) {
            int count = Integer.parseInt(args[1]);
            Dataset<Row> pairs = Job.rows(spark, task, data.train().subList(0, count))
                    .select(concat(lit("a kind of "), col("kind")).as("anchor"), col("gloss").as("positive"));
            Dataset<Row> others = Job.rows(spark, task, data.evaluation().subList(0, Math.min(count, 1000)));

            LsrEmbedderModel embedder = new LsrEmbedder()
                    .setModel("minilm")
                    .setEpochs(Integer.parseInt(args[2]))
                    .setSeed(1)
                    .fit(pairs);
            embedder.write().overwrite().save(args[0]);

            Dataset<Row> found = embedder.setTextCol("gloss").transform(others).cache();
            BucketedRandomProjectionLSHModel index = new BucketedRandomProjectionLSH()
                    .setInputCol("embedding")
                    .setBucketLength(0.5)
                    .setNumHashTables(3)
                    .fit(found);
            Dataset<Row> question = spark.sql("SELECT 'a kind of noun.animal' AS question");
            Vector asked = embedder.setTextCol("question").setQueries(true).transform(question).first().getAs("embedding");
            index.approxNearestNeighbors(found, asked, 5).select("gloss", "kind", "distCol").show(5, 60);
        }
    }
}
