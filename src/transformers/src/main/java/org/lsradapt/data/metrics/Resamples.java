package org.lsradapt.data.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * The values of metrics on {@value #COUNT} bootstrap samples of the evaluation rows: each has as many rows, drawn with replacement from a
 * fixed seed. They show how much a metric depends on the choice of rows. Rows of equal number are drawn alike, so the samples of two
 * models on the same rows belong together. Immutable and thread-safe.
 */
public final class Resamples {
    /** The number of samples. */
    public static final int COUNT = 2000;

    /** No samples, for metrics without values by row. */
    public static final Resamples NONE = new Resamples(Map.of());

    private static final long SEED = 20_240_601;
    private static final double TAIL = 0.025;

    private final Map<String, double[]> values;

    private Resamples(Map<String, double[]> values) {
        this.values = values;
    }

    /**
     * The middle 95 % of a metric's values on the samples (percentile bootstrap).
     *
     * @param low the 2.5th percentile, interpolated linearly
     * @param high the 97.5th percentile
     */
    public record Interval(double low, double high) {
        /** Returns such as {@code 0.850–0.940}. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.3f–%.3f", low, high);
        }
    }

    /**
     * Draws the samples.
     *
     * @param rows the number of rows, at least 1
     * @param metrics computes the metrics of some of the rows, by their numbers; safe for use by many threads. A metric that these rows do
     *     not have may be absent
     */
    public static Resamples of(int rows, Function<int[], Map<String, Double>> metrics) {
        List<Integer> numbers = IntStream.range(0, COUNT).boxed().toList();
        List<Map<String, Double>> samples = Parallel.map(numbers, i -> metrics.apply(drawn(rows, i)));
        Map<String, List<Double>> found = new LinkedHashMap<>();
        samples.forEach(sample -> sample.forEach((name, value) ->
                found.computeIfAbsent(name, any -> new ArrayList<>()).add(value)));
        Map<String, double[]> values = new LinkedHashMap<>();
        found.forEach((name, some) ->
                values.put(name, some.stream().mapToDouble(Double::doubleValue).toArray()));
        return new Resamples(values);
    }

    /** Draws samples for metrics that are means of values by row. */
    public static Resamples ofMeans(Map<String, double[]> byRow) {
        int rows = byRow.values().iterator().next().length;
        return of(rows, sample -> {
            Map<String, Double> means = new LinkedHashMap<>();
            byRow.forEach((name, all) -> means.put(
                    name, Arrays.stream(sample).mapToDouble(row -> all[row]).sum() / sample.length));
            return means;
        });
    }

    private static int[] drawn(int rows, int sample) {
        Random random = SplitMix64.random(SEED + sample);
        return random.ints(rows, 0, rows).toArray();
    }

    /**
     * Returns the interval of a metric; empty if it has no values by row, or if all samples have the same one, as of a perfect score, which
     * says nothing about others.
     */
    public Optional<Interval> interval(String metric) {
        return Optional.ofNullable(values.get(metric))
                .map(Resamples::interval)
                .filter(interval -> interval.low() < interval.high());
    }

    private static Interval interval(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Interval(percentile(sorted, TAIL), percentile(sorted, 1 - TAIL));
    }

    private static double percentile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** Returns the intervals by metric, in the order of the metrics; unmodifiable. */
    public Map<String, Interval> intervals() {
        Map<String, Interval> intervals = new LinkedHashMap<>();
        values.keySet().forEach(name -> interval(name).ifPresent(interval -> intervals.put(name, interval)));
        return Collections.unmodifiableMap(intervals);
    }

    /**
     * Returns the means of the metrics of several models on the same rows, such as those of several seeds, sample by sample. A metric that
     * not all of them have on each sample is absent.
     *
     * @param all at least one
     */
    public static Resamples mean(List<Resamples> all) {
        Map<String, double[]> means = new LinkedHashMap<>();
        for (String name : all.get(0).values.keySet()) {
            List<double[]> some = all.stream()
                    .map(one -> one.values.getOrDefault(name, new double[0]))
                    .toList();
            if (some.stream().allMatch(one -> one.length == COUNT)) {
                double[] mean = new double[COUNT];
                Arrays.setAll(
                        mean, i -> some.stream().mapToDouble(one -> one[i]).sum() / some.size());
                means.put(name, mean);
            }
        }
        return all.size() == 1 ? all.get(0) : new Resamples(means);
    }
}
