package org.lsradapt.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.WilsonInterval;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;

/**
 * The rows that a classifier answers, and answers rightly, if it gives no class where its largest probability is below a threshold.
 *
 * @param threshold the least probability of an answered row
 * @param rows the number of rows, at least 1
 * @param answered the number of answered rows
 * @param right the number of answered rows whose class is right
 */
public record Abstention(double threshold, int rows, int answered, int right) {
    /** The least number of answered rows that can justify a threshold. */
    public static final int LEAST = 10;

    /**
     * Chooses the lowest threshold at which the share of right classes among the answered rows reaches a precision. It is halfway between
     * the probabilities of two successive rows.
     *
     * @param precision the precision, above 0 and below 1
     * @param examples examples with classes, at least one
     * @return the choice; empty if no threshold with at least {@value #LEAST} answered rows reaches the precision
     */
    public static Optional<Abstention> choose(double precision, List<Example> examples, double[][] outputs) {
        requirePrecision(precision);
        boolean[] right = Calibration.right(examples, outputs);
        double[] probabilities = probabilities(outputs);
        List<Integer> order = IntStream.range(0, right.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
                .toList();
        Optional<Abstention> chosen = Optional.empty();
        int hits = 0;
        for (int count = 1; count <= order.size(); count++) {
            hits += right[order.get(count - 1)] ? 1 : 0;
            double last = probabilities[order.get(count - 1)];
            double next = count == order.size() ? 0 : probabilities[order.get(count)];
            if (count >= LEAST && last > next && hits >= precision * count) {
                double middle = next + (last - next) / 2;
                chosen = Optional.of(new Abstention(middle > next ? middle : last, right.length, count, hits));
            }
        }
        return chosen;
    }

    /** Measures a least probability of answered rows, by the logits of examples with classes, of which there is at least one. */
    public static Abstention at(double threshold, List<Example> examples, double[][] outputs) {
        boolean[] right = Calibration.right(examples, outputs);
        double[] probabilities = probabilities(outputs);
        int[] answered = IntStream.range(0, right.length)
                .filter(i -> probabilities[i] >= threshold)
                .toArray();
        int hits = (int) Arrays.stream(answered).filter(i -> right[i]).count();
        return new Abstention(threshold, right.length, answered.length, hits);
    }

    /** Checks that a precision to reach is above 0 and below 1. */
    public static void requirePrecision(double precision) {
        Require.argument(
                precision > 0 && precision < 1, "abstain: precision %s, expected one above 0 and below 1", precision);
    }

    private static double[] probabilities(double[][] outputs) {
        return Arrays.stream(outputs).mapToDouble(Logits::largestProbability).toArray();
    }

    /** Returns a sentence with the answered share, its precision and their Wilson intervals, without its full stop. */
    public String describe() {
        return String.format(
                Locale.ROOT,
                "answers from probability %.4f, %s of %,d rows%s",
                threshold,
                share(answered, rows),
                rows,
                answered == 0 ? "" : ", with precision " + share(right, answered));
    }

    /** Returns a sentence for a precision that {@link #choose} does not reach, without its full stop. */
    public static String describeNone(double precision) {
        return String.format(
                Locale.ROOT,
                "no threshold with at least %d answered rows reaches the precision %s; every row is answered, and no threshold is"
                        + " saved",
                LEAST,
                precision);
    }

    private static String share(int part, int whole) {
        double share = (double) part / whole;
        return String.format(Locale.ROOT, "%.4f (%s)", share, WilsonInterval.of(share, whole));
    }
}
