package org.lsradapt.data.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Metrics of evaluation rows, such as queries or texts, with what their {@link Resamples} need: the same metrics of any choice of
 * rows. Immutable and thread-safe if the function is.
 */
public final class Measurement {
    private final OptionalInt rows;
    private final Function<int[], Map<String, Double>> metrics;
    private final Map<String, Double> whole;

    private Measurement(OptionalInt rows, Function<int[], Map<String, Double>> metrics, Map<String, Double> whole) {
        this.rows = rows;
        this.metrics = metrics;
        this.whole = whole;
    }

    /** Measures rows, at least one, by the metrics of some of them, by their numbers, as {@link Resamples#of} says. */
    public static Measurement of(int rows, Function<int[], Map<String, Double>> metrics) {
        return new Measurement(
                OptionalInt.of(rows),
                metrics,
                metrics.apply(IntStream.range(0, rows).toArray()));
    }

    /**
     * Measures rows by sums.
     *
     * @param rows for each row the quantities of its parts, such as the windows of a text, at least one row with a part; kept
     * @param ofSums computes the metrics from the sums of the quantities over the parts of the rows
     */
    public static Measurement ofSums(List<double[][]> rows, Function<double[], Map<String, Double>> ofSums) {
        int quantities = rows.get(0)[0].length;
        return of(rows.size(), some -> {
            double[] sums = new double[quantities];
            for (int row : some) {
                for (double[] part : rows.get(row)) {
                    for (int i = 0; i < quantities; i++) {
                        sums[i] += part[i];
                    }
                }
            }
            return ofSums.apply(sums);
        });
    }

    /** Measures rows, at least one, by the means of their values of each named metric; kept. */
    public static Measurement ofMeans(List<String> names, double[][] rows) {
        return of(rows.length, some -> {
            Map<String, Double> means = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                double sum = 0;
                for (int row : some) {
                    sum += rows[row][i];
                }
                means.put(names.get(i), sum / some.length);
            }
            return means;
        });
    }

    /** Takes metrics that have no values by row, and so no resamples. */
    public static Measurement ofWhole(Map<String, Double> metrics) {
        return new Measurement(OptionalInt.empty(), some -> Map.of(), metrics);
    }

    /** Returns the metrics of all rows by name, in the order of the function; unmodifiable. */
    public Map<String, Double> metrics() {
        return Collections.unmodifiableMap(whole);
    }

    /** Draws bootstrap samples of the rows and computes their metrics; takes a moment. */
    public Resamples resamples() {
        return rows.isPresent() ? Resamples.of(rows.getAsInt(), metrics) : Resamples.NONE;
    }
}
