package org.lsradapt.data.metrics;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * The 95 % confidence interval of a probability, from the observed share of successes in n independent trials (Wilson,
 * 1927): the p with |share − p| ≤ z·√(p·(1 − p)/n), z = 1.96.
 *
 * @param low the lower end, at least 0
 * @param high the upper end, at most 1
 */
public record WilsonInterval(double low, double high) {
    private static final double Z = 1.959963984540054;

    /** Returns the interval of a share in [0, 1] of n trials, at least one. */
    public static WilsonInterval of(double share, int trials) {
        Require.argument(trials >= 1 && share >= 0 && share <= 1, "interval of %s of %d trials", share, trials);
        double square = Z * Z / trials;
        double middle = (share + square / 2) / (1 + square);
        double half = Z / (1 + square) * Math.sqrt(share * (1 - share) / trials + square / (4 * trials));
        return new WilsonInterval(Math.max(0, middle - half), Math.min(1, middle + half));
    }

    /** Whether a probability is in the interval. */
    public boolean contains(double probability) {
        return probability >= low && probability <= high;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f to %.3f", low, high);
    }
}
