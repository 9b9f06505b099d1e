package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.data.metrics.Resamples.Interval;

class ResamplesTest {
    private static final List<Example> EXAMPLES = IntStream.range(0, 101)
            .mapToObj(i -> new Example("text " + i, null, new Label.Category(i % 7 == 0 ? 1 : 0)))
            .toList();

    /** Right for all but a few examples. */
    private static final double[][] OUTPUTS = IntStream.range(0, 101)
            .mapToObj(
                    i -> (i % 7 == 0 && i % 3 != 0) || i % 13 == 1 ? new double[] {0.3, 0.7} : new double[] {0.6, 0.1})
            .toArray(double[][]::new);

    private static Task task() {
        return new OwnTask("own", List.of("no", "yes"), OwnTask.metrics(2), EXAMPLES, EXAMPLES);
    }

    /** The interval by its definition: the metrics of the drawn rows, evaluated as any rows, and numpy's linear percentiles. */
    private static Interval naive(Task task, String metric) {
        List<Double> order = new ArrayList<>();
        Resamples.of(EXAMPLES.size(), rows -> {
            synchronized (order) {
                List<Example> some = Arrays.stream(rows).mapToObj(EXAMPLES::get).toList();
                double[][] outputs =
                        Arrays.stream(rows).mapToObj(row -> OUTPUTS[row]).toArray(double[][]::new);
                order.add(task.evaluate(some, outputs).get(metric));
            }
            return Map.of();
        });
        assertEquals(Resamples.COUNT, order.size());
        double[] sorted =
                order.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        // 0.025 · 1999 = 49.975 and 0.975 · 1999 = 1949.025
        return new Interval(
                sorted[49] + 0.975 * (sorted[50] - sorted[49]), sorted[1949] + 0.025 * (sorted[1950] - sorted[1949]));
    }

    @Test
    void intervals_areThoseOfMetricsOfDrawnRows() {
        Task task = task();
        Resamples resamples = task.resamples(EXAMPLES, OUTPUTS);
        for (String metric : task.metricNames()) {
            Interval expected = naive(task, metric);
            Interval found = resamples.interval(metric).orElseThrow();
            assertEquals(expected.low(), found.low(), 1e-12, metric);
            assertEquals(expected.high(), found.high(), 1e-12, metric);
            double value = task.evaluate(EXAMPLES, OUTPUTS).get(metric);
            assertTrue(found.low() < value && value < found.high(), metric + " " + value + " in " + found);
        }
        assertEquals(task.metricNames(), List.copyOf(resamples.intervals().keySet()));
    }

    @Test
    void intervals_areEqualAtEachCall_andHaveTheWidthOfTheTheory() {
        double[] right =
                IntStream.range(0, 400).mapToDouble(i -> i % 10 == 0 ? 0 : 1).toArray();
        Interval interval = Resamples.ofMeans(Map.of("accuracy", right))
                .interval("accuracy")
                .orElseThrow();
        assertEquals(
                interval,
                Resamples.ofMeans(Map.of("accuracy", right))
                        .interval("accuracy")
                        .orElseThrow());
        // 0.9 ± 1.96 · √(0.9 · 0.1 / 400)
        assertEquals(0.9 - 0.0294, interval.low(), 0.003);
        assertEquals(0.9 + 0.0294, interval.high(), 0.003);
        assertEquals("0.868–0.927", new Interval(0.8684, 0.9266).toString());
    }

    @Test
    void mean_ofSeeds_isNarrowerThanOneIfTheirMistakesDiffer_andEqualIfTheyAgree() {
        double[] one =
                IntStream.range(0, 200).mapToDouble(i -> i % 4 == 0 ? 0 : 1).toArray();
        double[] other =
                IntStream.range(0, 200).mapToDouble(i -> i % 4 == 1 ? 0 : 1).toArray();
        Resamples first = Resamples.ofMeans(Map.of("accuracy", one));
        Resamples second = Resamples.ofMeans(Map.of("accuracy", other));
        assertEquals(width(first), width(Resamples.mean(List.of(first, first))), 1e-12);
        assertTrue(width(Resamples.mean(List.of(first, second))) < 0.8 * width(first));
        assertEquals(
                Optional.empty(), Resamples.mean(List.of(first, Resamples.NONE)).interval("accuracy"));
    }

    private static double width(Resamples resamples) {
        Interval interval = resamples.interval("accuracy").orElseThrow();
        return interval.high() - interval.low();
    }

    @Test
    void resamples_ofQuestions_drawQuestions_notTheirAlternatives() {
        List<Example> alternatives = IntStream.range(0, 60)
                .mapToObj(i -> new Example("choice " + i, null, new Label.Category(i % 2), i / 2))
                .toList();
        double[][] outputs = IntStream.range(0, 60)
                .mapToObj(i -> new double[] {0, i % 10 == 0 ? 3 : i % 2})
                .toArray(double[][]::new);
        Task task = new OwnTask("copa", List.of("no", "yes"), OwnTask.metrics(2), alternatives, alternatives);
        Interval interval =
                task.resamples(alternatives, outputs).interval("accuracy").orElseThrow();
        // 24 of 30 questions are right.
        assertEquals(0.8 - 0.143, interval.low(), 0.03);
        assertEquals(0.8 + 0.143, interval.high(), 0.03);
    }

    @Test
    void scarce_namesLabelsWithFewRows_butNotThoseWithNone() {
        int[] support = {0, 3, 9, 10};
        assertEquals(
                Optional.of(
                        "labels that occur fewer than 10 times in the evaluation data, whose scores are uncertain: b (3), c (9)"),
                LabelScores.scarce(List.of("a", "b", "c", "d"), index -> support[index]));
        assertEquals(Optional.empty(), LabelScores.scarce(List.of("d"), index -> 10));
    }
}
