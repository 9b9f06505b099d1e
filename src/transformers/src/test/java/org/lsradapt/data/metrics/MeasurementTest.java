package org.lsradapt.data.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.Resamples.Interval;

class MeasurementTest {

    @Test
    void ofMeans_interval_isThatOfTheNormalApproximation() {
        Random random = new Random(3);
        double[][] rows = new double[400][];
        Arrays.setAll(rows, i -> new double[] {random.nextGaussian(), i % 2});
        Measurement measured = Measurement.ofMeans(List.of("a", "b"), rows);
        double mean = Arrays.stream(rows).mapToDouble(row -> row[0]).average().orElseThrow();
        assertEquals(mean, measured.metrics().get("a"), 1e-12);
        assertEquals(0.5, measured.metrics().get("b"), 0);
        Interval interval = measured.resamples().interval("a").orElseThrow();
        // The standard error is 1/20; the percentiles of 2,000 samples are about 5 % off.
        assertEquals(mean - 1.96 / 20, interval.low(), 0.01);
        assertEquals(mean + 1.96 / 20, interval.high(), 0.01);
    }

    /** The windows of a text are drawn together, so that long texts do not count as many. */
    @Test
    void ofSums_partsOfARow_areDrawnTogether() {
        double[][] one = {{3, 1}, {1, 1}, {2, 2}};
        double[][] other = {{8, 4}};
        Measurement measured = Measurement.ofSums(List.of(one, other), sums -> Map.of("ratio", sums[0] / sums[1]));
        assertEquals(14.0 / 8, measured.metrics().get("ratio"), 0);
        Interval interval = measured.resamples().interval("ratio").orElseThrow();
        assertEquals(1.5, interval.low(), 0);
        assertEquals(2, interval.high(), 0);
        assertThrows(
                UnsupportedOperationException.class, () -> measured.metrics().put("x", 1.0));
    }

    @Test
    void ofWhole_hasNoInterval() {
        Measurement measured = Measurement.ofWhole(Map.of("x", 1.0));
        assertEquals(Map.of("x", 1.0), measured.metrics());
        assertEquals(Optional.empty(), measured.resamples().interval("x"));
        assertTrue(measured.resamples().intervals().isEmpty());
    }
}
