package org.lsradapt.report.internal.suite;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * Paired differences, with a test of whether they have a sign.
 *
 * @param pairs the number of pairs
 * @param mean the mean of the differences; NaN without pairs
 * @param standardError sample standard deviation (n − 1) over √n; NaN for fewer than two pairs
 * @param p two-sided p-value of the sign-flip test: the share of the assignments of signs to the differences whose mean is
 *     at least as far from zero as the observed mean; 1 without pairs
 * @param exact whether all assignments were tried; otherwise a random sample
 * @param holm p, corrected for several tests
 */
record PairedDifferences(int pairs, double mean, double standardError, double p, boolean exact, double holm) {
    private static final int MOST_EXACT = 20;
    private static final int DRAWS = 100_000;
    private static final long SEED = 20_250_213;

    /** The largest round-off of equal sums, relative to the sum of absolute values. */
    private static final double TIES = 1e-12;

    static PairedDifferences of(double[] differences) {
        int n = differences.length;
        double mean = Arrays.stream(differences).average().orElse(Double.NaN);
        double squares =
                Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
        double error = n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
        boolean exact = n <= MOST_EXACT;
        double p = exact ? exact(differences) : drawn(differences);
        return new PairedDifferences(n, mean, error, p, exact, p);
    }

    private static double exact(double[] differences) {
        return extreme(differences, differences.length, 0, bound(differences)) / Math.scalb(1.0, differences.length);
    }

    /** Counts the assignments of signs to the first n differences for which the absolute value of the sum reaches the bound. */
    private static long extreme(double[] differences, int n, double sum, double bound) {
        if (n == 0) {
            return Math.abs(sum) >= bound ? 1 : 0;
        }
        return extreme(differences, n - 1, sum + differences[n - 1], bound)
                + extreme(differences, n - 1, sum - differences[n - 1], bound);
    }

    /** Returns the p-value of a random sample. The observed assignment counts as one of the sample, so p is never 0. */
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

    static List<PairedDifferences> corrected(List<PairedDifferences> tests) {
        double[] holm = holm(tests.stream().mapToDouble(PairedDifferences::p).toArray());
        return IntStream.range(0, holm.length)
                .mapToObj(i -> tests.get(i).withHolm(holm[i]))
                .toList();
    }

    private PairedDifferences withHolm(double corrected) {
        return new PairedDifferences(pairs, mean, standardError, p, exact, corrected);
    }

    /** Applies Holm's correction: p-values, in the given order, that hold for all tests together. */
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
