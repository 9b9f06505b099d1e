package org.lsradapt.tasks.ordinal;

import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.Metric;

/** The metrics of ordered classes, whose indices are their places in the order. */
final class OrdinalMetrics {
    static final Metric QUADRATIC_KAPPA = Metric.ofClasses("quadratic_kappa", OrdinalMetrics::quadraticKappa);

    /** All metrics; kappa comes first, because it weights an error by the square of its distance. */
    static final List<Metric> ALL = List.of(QUADRATIC_KAPPA, Metric.MEAN_ABSOLUTE_ERROR, Metric.ACCURACY);

    private OrdinalMetrics() {}

    /**
     * 1 − Σ(t_i − p_i)² / (1/n·Σ_i Σ_j (t_i − p_j)²), at most 1 (Cohen 1968): the squared distance of truth t and prediction p against that
     * of independent ones. It is 0 if truth and predictions are one and the same class.
     */
    static double quadraticKappa(int[] truth, int[] predicted) {
        double observed = IntStream.range(0, truth.length)
                .mapToDouble(i -> square(truth[i] - predicted[i]))
                .sum();
        double n = truth.length;
        double sums = (double) IntStream.of(truth).asLongStream().sum()
                * IntStream.of(predicted).asLongStream().sum();
        double expected = squares(truth) + squares(predicted) - 2 * sums / n;
        return expected == 0 ? 0 : 1 - observed / expected;
    }

    private static double squares(int[] values) {
        return IntStream.of(values).mapToDouble(OrdinalMetrics::square).sum();
    }

    private static double square(int value) {
        return (double) value * value;
    }
}
