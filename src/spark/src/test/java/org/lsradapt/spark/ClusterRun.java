package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;

/**
 * Trainings and scoring on one cluster of processes, of which workers are killed. Not among the tests: {@code mvn test
 * -Pspark-cluster}; {@code -Dspark.keys=10000} trains so many keys instead of 400.
 */
class ClusterRun {
    private static final int KEYS = Integer.getInteger("spark.keys", 400);

    private static final int ROWS = 6;

    @TempDir
    static Path folder;

    private static LocalCluster cluster;
    private static SparkSession session;

    @BeforeAll
    static void start() throws Exception {
        cluster = new LocalCluster(folder, 2);
        session = cluster.session();
    }

    @AfterAll
    static void stop() throws Exception {
        session.stop();
        cluster.close();
    }

    /** Runs while a worker is killed, and starts another one after that. */
    private static <T> T whileKilling(int seconds, Function<SparkSession, T> run) throws Exception {
        AtomicBoolean killed = new AtomicBoolean();
        Thread killer = new Thread(() -> {
            try {
                TimeUnit.SECONDS.sleep(seconds);
                cluster.kill(0);
                killed.set(true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        killer.start();
        T result = run.apply(session);
        assertTrue(killed.get(), "the run ended before the worker was killed");
        killer.join();
        cluster.restart(0);
        return result;
    }

    private static void assertSame(double[][] expected, double[][] found, double tolerance) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], tolerance);
        }
    }

    @Test
    void classifier_endsTheSame_whetherAWorkerIsKilledOrNot() throws Exception {
        double[][] undisturbed = SparkWeather.logits(classified(session));
        assertSame(undisturbed, whileKilling(3, spark -> SparkWeather.logits(classified(spark))), 0);
    }

    private static Dataset<Row> classified(SparkSession spark) {
        Dataset<Row> rows = SparkWeather.rows(spark);
        return SparkWeather.estimator().setEpochs(15).setShares(2).fit(rows).transform(rows);
    }

    @Test
    void embedder_endsTheSame_whetherAWorkerIsKilledOrNot() throws Exception {
        double[][] undisturbed = embedded(session);
        assertSame(undisturbed, whileKilling(3, ClusterRun::embedded), 0);
    }

    private static double[][] embedded(SparkSession spark) {
        Dataset<Row> rows = SparkWeather.rows(spark)
                .withColumn("other", functions.concat_ws(" ", functions.col("label"), functions.col("text")));
        LsrEmbedderModel fitted = new LsrEmbedder()
                .setModel(Samples.model("bert"))
                .setAnchorCol("text")
                .setPositiveCol("other")
                .setValidationIndicatorCol("held_out")
                .setEpochs(10)
                .setBatchSize(20)
                .setShares(2)
                .fit(rows);
        return fitted.transform(rows).select("embedding").collectAsList().stream()
                .map(row -> ((Vector) row.get(0)).toArray())
                .toArray(double[][]::new);
    }

    @Test
    void keys_haveEqualAdapters_whetherAWorkerIsKilledOrNot_andExecutorsReadThem() throws Exception {
        Path shared = LsrKeyedClassifierIT.shared(folder.resolve("shared"));
        Map<String, List<LabelledText>> users = LsrKeyedClassifierIT.users(KEYS, ROWS);
        Dataset<Row> table = LsrKeyedClassifierIT.table(session, users).repartition(4);
        Path first = folder.resolve("users");
        Path second = folder.resolve("users-again");
        Instant begin = Instant.now();
        LsrTextClassifierModel undisturbed = keyed(shared, first).fit(table);
        long seconds = begin.until(Instant.now(), ChronoUnit.SECONDS);
        begin = Instant.now();
        LsrTextClassifierModel disturbed =
                whileKilling((int) seconds / 2, spark -> keyed(shared, second).fit(table));
        long longer = begin.until(Instant.now(), ChronoUnit.SECONDS);
        assertEquals(Files.readString(first.resolve("outcomes.csv")), Files.readString(second.resolve("outcomes.csv")));
        int kept = assertSameAdapters(users.keySet(), first, second);
        Dataset<Row> asked =
                table.groupBy("user").agg(functions.min("text").as("text")).orderBy("user");
        assertSame(
                SparkWeather.logits(undisturbed.transform(asked)), SparkWeather.logits(disturbed.transform(asked)), 0);
        System.out.printf("%,d keys, %,d adapters: %d s, with a worker killed %d s%n", KEYS, kept, seconds, longer);
    }

    /** Few rows and steps, which leave time for many keys. */
    private static LsrKeyedClassifier keyed(Path shared, Path store) {
        return LsrKeyedClassifierIT.estimator(shared, store)
                .setParts(Math.max(4, KEYS / 500))
                .setParam("epochs", 2)
                .setParam("folds", 2)
                .setParam("minRows", ROWS)
                .setParam("mostChance", 1.0);
    }

    /** Returns how many keys have an adapter, the same bits in both folders. */
    private static int assertSameAdapters(Collection<String> keys, Path one, Path other) throws Exception {
        int kept = 0;
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                KeyedStore expected = new KeyedStore(one.toUri().toString(), base);
                KeyedStore found = new KeyedStore(other.toUri().toString(), base)) {
            for (String key : keys) {
                assertEquals(expected.has(key), found.has(key), key);
                if (expected.has(key)) {
                    PackedAdapter adapter = expected.find(key).orElseThrow().adapter();
                    PackedAdapter again = found.find(key).orElseThrow().adapter();
                    assertArrayEquals(adapter.numbers(), again.numbers(), key);
                    assertArrayEquals(adapter.headNumbers(), again.headNumbers(), key);
                    kept++;
                }
            }
        }
        assertTrue(kept > 0, "no key has an adapter");
        return kept;
    }
}
