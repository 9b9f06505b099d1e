package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on a cluster of processes, of which one is killed. Not among the tests: {@code mvn test -Pspark-cluster}. */
class ClusterRun {
    @TempDir
    Path folder;

    @Test
    void fit_onTwoWorkers_endsTheSame_whetherOneIsKilledOrNot() throws Exception {
        double[][] expected;
        try (SparkSession session = SparkWeather.local()) {
            expected = SparkWeather.logits(longRun(session));
        }
        double[][] undisturbed;
        double[][] disturbed;
        try (LocalCluster cluster = new LocalCluster(folder, 2);
                SparkSession session = cluster.session()) {
            undisturbed = SparkWeather.logits(longRun(session));
            AtomicBoolean killed = new AtomicBoolean();
            Thread killer = new Thread(() -> {
                try {
                    TimeUnit.SECONDS.sleep(3);
                    cluster.kill(0);
                    killed.set(true);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            killer.start();
            disturbed = SparkWeather.logits(longRun(session));
            assertTrue(killed.get(), "the run ended before the worker was killed");
            killer.join();
        }
        assertEquals(expected.length, disturbed.length);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(undisturbed[i], disturbed[i]);
            assertArrayEquals(expected[i], undisturbed[i], 1e-3);
        }
    }

    private static Dataset<Row> longRun(SparkSession session) {
        Dataset<Row> rows = SparkWeather.rows(session);
        return SparkWeather.estimator().setEpochs(15).setShares(2).fit(rows).transform(rows);
    }
}
