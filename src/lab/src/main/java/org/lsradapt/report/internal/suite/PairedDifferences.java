package org.lsradapt.report.internal.suite;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * Differences of pairs, and whether they have a sign.
 *
 * @param pairs how many
 * @param mean their mean; NaN of none
 * @param standardError sample standard deviation (n − 1) over √n; NaN of fewer than two
 * @param p two-sided p-value of the sign-flip test: of how many assignments of signs to the differences the mean is as far
 *     from zero as theirs, or further; 1 of none
 * @param exact whether all assignments were tried, and not some of them by chance
 */
record PairedDifferences(int pairs, double mean, double standardError, double p, boolean exact) {
    private static final int MOST_EXACT = 20;
    private static final int DRAWS = 100_000;
    private static final long SEED = 20_250_213;

    /** The largest round-off of equal sums, as a share of the sum of absolute values. */
    private static final double TIES = 1e-12;

    /** Of finite differences. */
    static PairedDifferences of(double[] differences) {
        int n = differences.length;
        double mean = Arrays.stream(differences).average().orElse(Double.NaN);
        double squares =
                Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
        double error = n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
        boolean exact = n <= MOST_EXACT;
        return new PairedDifferences(n, mean, error, exact ? exact(differences) : drawn(differences), exact);
    }

    private static double exact(double[] differences) {
        return extreme(differences, differences.length, 0, bound(differences)) / Math.scalb(1.0, differences.length);
    }

    /** How many assignments of signs to the first n differences bring a sum to the bound. */
    private static long extreme(double[] differences, int n, double sum, double bound) {
        if (n == 0) {
            return Math.abs(sum) >= bound ? 1 : 0;
        }
        return extreme(differences, n - 1, sum + differences[n - 1], bound)
                + extreme(differences, n - 1, sum - differences[n - 1], bound);
    }

    /** The assignment that was found counts as one of those drawn, so that p is never 0. */
    private static double drawn(double[] differences) {
        Random random = SplitMix64.random(SEED);
        double bound = bound(differences);
        long extreme = 1;
        for (int draw = 0; draw < DRAWS; draw++) {
            double sum = 0;
            for (double difference : differences) {
                sum += random.nextBoolean() ? difference : -difference;
            }
            if (Math.abs(sum) >= bound) {
                extreme++;
            }
        }
        return extreme / (DRAWS + 1.0);
    }

    private static double bound(double[] differences) {
        return Math.abs(Arrays.stream(differences).sum())
                - TIES * Arrays.stream(differences).map(Math::abs).sum();
    }

    /**
     * Holm's correction.
     *
     * @param p p-values of several tests
     * @return in the same order, p-values that hold for all of them together
     */
    static double[] holm(double[] p) {
        List<Integer> ascending = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .toList();
        double[] adjusted = new double[p.length];
        double largest = 0;
        for (int rank = 0; rank < p.length; rank++) {
            int i = ascending.get(rank);
            largest = Math.max(largest, Math.min(1, (p.length - rank) * p[i]));
            adjusted[i] = largest;
        }
        return adjusted;
    }
}
