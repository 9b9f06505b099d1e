package org.lsradapt.data.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.tasks.TestFiles;

class MetricsTest {

    /** Sums of at most a few hundred numbers of size 1 in double precision. */
    private static final double ROUNDING = 1e-12;

    // TP 3, FN 1, FP 2, TN 4.
    private static final int[] TRUTH = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
    private static final int[] PREDICTED = {1, 1, 1, 0, 1, 1, 0, 0, 0, 0};

    @Test
    void accuracy_handComputed() {
        assertEquals(0.7, Metrics.accuracy(TRUTH, PREDICTED), ROUNDING);
    }

    @Test
    void accuracy_allWrong_isZero() {
        assertEquals(0, Metrics.accuracy(new int[] {0, 1, 2}, new int[] {1, 2, 0}));
    }

    @Test
    void binaryF1_handComputed() {
        assertEquals(6.0 / 9, Metrics.binaryF1(TRUTH, PREDICTED), ROUNDING);
    }

    @Test
    void binaryF1_classOneNeverPredictedOrNeverTrue_isZero() {
        assertEquals(0, Metrics.binaryF1(new int[] {1, 0}, new int[] {0, 0}));
        assertEquals(0, Metrics.binaryF1(new int[] {0, 0}, new int[] {1, 0}));
        assertEquals(0, Metrics.binaryF1(new int[] {0, 0}, new int[] {0, 0}));
    }

    @Test
    void meanAbsoluteError_handComputed() {
        // 1.75, 0, 3.5 and 0.25.
        assertEquals(
                5.5 / 4,
                Metrics.meanAbsoluteError(new double[] {1, -2, 3, 4.5}, new double[] {2.75, -2, -0.5, 4.25}),
                ROUNDING);
    }

    @Test
    void meanAbsoluteError_hugeValues_isFinite() {
        double[] most = {Double.MAX_VALUE, Double.MAX_VALUE};
        double[] least = {-Double.MAX_VALUE, -Double.MAX_VALUE};
        assertEquals(Double.MAX_VALUE, Metrics.meanAbsoluteError(most, least));
        assertEquals(0, Metrics.meanAbsoluteError(most, most));
        assertThrows(
                IllegalArgumentException.class,
                () -> Metric.MEAN_ABSOLUTE_ERROR.of(new double[] {1}, new double[] {Double.NaN}));
        assertThrows(
                IllegalArgumentException.class,
                () -> Metric.MEAN_ABSOLUTE_ERROR.of(new double[] {1, 2}, new double[] {1}));
    }

    @Test
    void macroF1_handComputed() {
        // Class 0: TP 1, FP 1, FN 1 -> 1/2. Class 1: TP 2, FP 0, FN 1 -> 4/5. Class 2 has no example: not measurable.
        int[] truth = {0, 0, 1, 1, 1};
        int[] predicted = {0, 2, 1, 1, 0};
        assertEquals((0.5 + 0.8) / 2, Metrics.macroF1(truth, predicted), ROUNDING);
    }

    @Test
    void macroF1_classThatDoesNotOccur_isLeftOut() {
        assertEquals(1, Metrics.macroF1(new int[] {0, 2}, new int[] {0, 2}), ROUNDING);
    }

    @Test
    void macroF1_oneClassPredicted_countsTheOthersAsZero() {
        // Class 1: precision 1/2, recall 1 -> 2/3; class 0: 0.
        assertEquals(1.0 / 3, Metrics.macroF1(new int[] {0, 1}, new int[] {1, 1}), ROUNDING);
    }

    @Test
    void matthews_handComputed() {
        assertEquals((3 * 4 - 2 * 1) / Math.sqrt(5.0 * 4 * 6 * 5), Metrics.matthews(TRUTH, PREDICTED), ROUNDING);
    }

    @Test
    void matthews_perfectAndInverted_areOneAndMinusOne() {
        assertEquals(1, Metrics.matthews(new int[] {0, 1, 1}, new int[] {0, 1, 1}), ROUNDING);
        assertEquals(-1, Metrics.matthews(new int[] {0, 1, 1}, new int[] {1, 0, 0}), ROUNDING);
    }

    @Test
    void matthews_oneClassOnly_isZero() {
        assertEquals(0, Metrics.matthews(new int[] {0, 1, 1}, new int[] {1, 1, 1}));
        assertEquals(0, Metrics.matthews(new int[] {0, 0, 0}, new int[] {1, 0, 1}));
        assertEquals(0, Metrics.matthews(new int[] {1, 1}, new int[] {1, 1}));
    }

    @Test
    void matthews_manyRows_doesNotOverflow() {
        int rows = 400_000;
        int[] truth = IntStream.range(0, rows).map(i -> i % 2).toArray();
        assertEquals(1, Metrics.matthews(truth, truth), ROUNDING);
    }

    @Test
    void pearson_handComputed() {
        // Centered: (-1.5, -0.5, 0.5, 1.5) and (-1, -2, 1, 2) after the mean 3: products sum to 6, squares 5 and 10.
        assertEquals(
                6 / Math.sqrt(5.0 * 10),
                Metrics.pearson(new double[] {1, 2, 3, 4}, new double[] {2, 1, 4, 5}),
                ROUNDING);
    }

    @Test
    void pearson_linear_isOneOrMinusOneWhateverTheScale() {
        double[] x = {0.1, 0.7, 0.3, 0.4};
        for (double scale : new double[] {1, 1e-200, 1e200, -1, -1e-200, -1e200}) {
            double[] y = {0.1 * scale, 0.7 * scale, 0.3 * scale, 0.4 * scale};
            assertEquals(Math.signum(scale), Metrics.pearson(x, y), ROUNDING, "scale " + scale);
        }
    }

    @Test
    void pearson_constant_isZero() {
        double[] tenths = {0.1, 0.1, 0.1};
        double[] x = {1, 2, 4};
        assertEquals(0, Metrics.pearson(tenths, x));
        assertEquals(0, Metrics.pearson(x, tenths));
        assertEquals(0, Metrics.pearson(new double[] {3}, new double[] {3}));
    }

    @Test
    void spearman_handComputedWithTies() {
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: centered products sum to 4.5, squares 4.5 and 5.
        double[] x = {10, 20, 20, 30};
        double[] y = {0.1, 0.3, 0.2, 0.9};
        assertEquals(4.5 / Math.sqrt(4.5 * 5), Metrics.spearman(x, y), ROUNDING);
    }

    @Test
    void spearman_monotone_isOneAndReversedMinusOne() {
        double[] x = {1, 2, 3, 4};
        assertEquals(1, Metrics.spearman(x, new double[] {-9, 0, 0.001, 1e6}), ROUNDING);
        assertEquals(-1, Metrics.spearman(x, new double[] {5, 4, 3, -100}), ROUNDING);
    }

    @Test
    void spearman_constant_isZero() {
        assertEquals(0, Metrics.spearman(new double[] {1, 2}, new double[] {7, 7}));
    }

    @Test
    void ranks_equalValues_shareTheirMean() {
        assertArrayEquals(new double[] {4, 1.5, 4, 1.5, 4, 6}, Metrics.ranks(new double[] {5, 0.0, 5, -0.0, 5, 8}));
    }

    @Test
    void classMetrics_random_equalNaiveDefinitions() {
        Random random = TestFiles.random();
        for (int trial = 0; trial < 200; trial++) {
            int n = 1 + random.nextInt(30);
            int[] truth = random.ints(n, 0, 2).toArray();
            int[] predicted = random.ints(n, 0, 2).toArray();
            assertEquals(naiveF1(truth, predicted, 1), Metrics.binaryF1(truth, predicted), ROUNDING);
            // Matthews' coefficient is Pearson's correlation of the 0/1 values.
            double correlation = naivePearson(doubles(truth), doubles(predicted));
            assertEquals(correlation, Metrics.matthews(truth, predicted), ROUNDING);
            int classes = 2 + random.nextInt(4);
            int[] manyTruth = random.ints(n, 0, classes).toArray();
            int[] manyPredicted = random.ints(n, 0, classes).toArray();
            double expected = IntStream.range(0, classes)
                    .filter(c -> IntStream.range(0, n).anyMatch(i -> manyTruth[i] == c))
                    .mapToDouble(c -> naiveF1(manyTruth, manyPredicted, c))
                    .average()
                    .orElseThrow();
            assertEquals(expected, Metrics.macroF1(manyTruth, manyPredicted), ROUNDING);
        }
    }

    @Test
    void correlations_random_equalNaiveDefinitions() {
        Random random = TestFiles.random();
        for (int trial = 0; trial < 200; trial++) {
            int n = 1 + random.nextInt(30);
            double[] x = random.ints(n, 0, 11).mapToDouble(i -> i / 2.0).toArray();
            double[] y = random.doubles(n, -3, 8).toArray();
            assertEquals(naivePearson(x, y), Metrics.pearson(x, y), ROUNDING);
            assertEquals(naivePearson(naiveRanks(x), naiveRanks(y)), Metrics.spearman(x, y), ROUNDING);
        }
    }

    @Test
    void metrics_differentLengthsOrNone_areRefused() {
        assertEquals(
                "accuracy: 2 true values and 1 predictions, expected as many, at least 1",
                assertThrows(IllegalArgumentException.class, () -> Metric.ACCURACY.of(new double[2], new double[1]))
                        .getMessage());
        assertEquals(
                "pearson: 0 true values and 0 predictions, expected as many, at least 1",
                assertThrows(IllegalArgumentException.class, () -> Metric.PEARSON.of(new double[0], new double[0]))
                        .getMessage());
    }

    @Test
    void binaryMetrics_thirdClass_isRefused() {
        assertEquals(
                "f1: found class 2, expected 0 or 1",
                assertThrows(IllegalArgumentException.class, () -> Metrics.binaryF1(new int[] {0, 1}, new int[] {0, 2}))
                        .getMessage());
        assertEquals(
                "matthews: found class 3, expected 0 or 1",
                assertThrows(IllegalArgumentException.class, () -> Metrics.matthews(new int[] {3, 1}, new int[] {0, 1}))
                        .getMessage());
    }

    @Test
    void correlations_notFinite_areRefused() {
        assertEquals(
                "spearman: found NaN, expected finite numbers",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Metric.SPEARMAN.of(new double[] {0, 1}, new double[] {0, Double.NaN}))
                        .getMessage());
    }

    private static double naiveF1(int[] truth, int[] predicted, int label) {
        double hits = IntStream.range(0, truth.length)
                .filter(i -> truth[i] == label && predicted[i] == label)
                .count();
        double precision =
                hits / IntStream.of(predicted).filter(p -> p == label).count();
        double recall = hits / IntStream.of(truth).filter(t -> t == label).count();
        return hits == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    private static double naivePearson(double[] x, double[] y) {
        double meanX =
                IntStream.range(0, x.length).mapToDouble(i -> x[i]).average().orElseThrow();
        double meanY =
                IntStream.range(0, y.length).mapToDouble(i -> y[i]).average().orElseThrow();
        double covariance = 0;
        double varianceX = 0;
        double varianceY = 0;
        for (int i = 0; i < x.length; i++) {
            covariance += (x[i] - meanX) * (y[i] - meanY);
            varianceX += (x[i] - meanX) * (x[i] - meanX);
            varianceY += (y[i] - meanY) * (y[i] - meanY);
        }
        return varianceX == 0 || varianceY == 0 ? 0 : covariance / Math.sqrt(varianceX * varianceY);
    }

    /** 1 + how many are smaller + half of how many others are equal. */
    private static double[] naiveRanks(double[] values) {
        double[] ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            ranks[i] = 0.5; // the value itself adds the other half
            for (double other : values) {
                ranks[i] += other < values[i] ? 1 : other == values[i] ? 0.5 : 0;
            }
        }
        return ranks;
    }

    private static double[] doubles(int[] values) {
        return IntStream.of(values).asDoubleStream().toArray();
    }
}
