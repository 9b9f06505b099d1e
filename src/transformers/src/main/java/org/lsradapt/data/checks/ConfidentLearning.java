package org.lsradapt.data.checks;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;

/**
 * Confident learning (Northcutt, Jiang and Chuang, arXiv 1911.00068): finds the rows whose given class is probably wrong, from the
 * probabilities of a model that was not trained on those rows. It estimates how many rows of each given class belong to each other class,
 * and lists as many, those with the largest difference of the two probabilities, unless the given class is the most probable one.
 *
 * <p>Equal to cleanlab 2.9: {@code find_label_issues} with {@code filter_by="prune_by_noise_rate"}, except for the order of equal values.
 */
final class ConfidentLearning {
    private static final double TINY = 1e-100;
    private static final double CLOSE = 1e-6;
    /** A class with no more rows has no wrong ones. */
    private static final int FEWEST = 1;

    private final int[] given;
    private final double[][] probabilities;
    private final int classes;

    /** Takes the class of each row, from 0, and for each row the probability of each class; kept. */
    ConfidentLearning(int[] given, double[][] probabilities) {
        Require.argument(
                given.length == probabilities.length && given.length > 0,
                "label issues: %d labels and %d rows of probabilities, expected as many, at least 1",
                given.length,
                probabilities.length);
        this.given = given;
        this.probabilities = probabilities;
        classes = probabilities[0].length;
    }

    /** Returns the probability of each row's given class. */
    double[] selfConfidence() {
        return scores(row -> probabilities[row][given[row]]);
    }

    /** Returns for each row (p − q + 1) / 2, where p is the probability of the given class and q the largest one of any other class. */
    double[] normalizedMargin() {
        return scores(row -> (probabilities[row][given[row]] - probabilities[row][other(row)] + 1) / 2);
    }

    private double[] scores(IntToDoubleFunction score) {
        return IntStream.range(0, given.length).mapToDouble(score).toArray();
    }

    int other(int row) {
        return IntStream.range(0, classes)
                .filter(k -> k != given[row])
                .reduce((best, k) -> probabilities[row][k] > probabilities[row][best] ? k : best)
                .orElseThrow();
    }

    /** Returns the rows whose given class is probably wrong, ascending. */
    int[] issues() {
        int[][] joint = confidentJoint();
        boolean[] listed = new boolean[given.length];
        for (int k = 0; k < classes; k++) {
            List<Integer> rows = rows(k);
            if (rows.size() > FEWEST) {
                list(k, rows, toList(joint, k), listed);
            }
        }
        return IntStream.range(0, given.length)
                .filter(row -> listed[row] && !isMostProbable(row))
                .toArray();
    }

    /** Lists as many rows of a class for each other one as were counted. */
    private void list(int k, List<Integer> rows, int[] counts, boolean[] listed) {
        for (int j = 0; j < classes; j++) {
            int other = j;
            if (j != k && counts[j] > 0) {
                rows.stream()
                        .sorted(Comparator.comparingDouble(row -> probabilities[row][k] - probabilities[row][other]))
                        .limit(counts[j])
                        .forEach(row -> listed[row] = true);
            }
        }
    }

    /** Returns how many rows of a given class to list for each class; at least one row of the class stays. */
    private int[] toList(int[][] joint, int k) {
        int[] counts = joint[k].clone();
        int kept = Math.max(counts[k], FEWEST);
        double taken = (kept - counts[k])
                / Math.max(
                        1.0, Arrays.stream(counts).filter(count -> count != 0).count() - 1.0);
        for (int j = 0; j < classes; j++) {
            counts[j] = j == k ? kept : (int) Math.max(0, counts[j] - taken);
        }
        return counts;
    }

    private boolean isMostProbable(int row) {
        return probabilities[row][given[row]] + CLOSE >= probabilities[row][other(row)]
                && (other(row) > given[row] || probabilities[row][given[row]] + CLOSE > probabilities[row][other(row)]);
    }

    private List<Integer> rows(int k) {
        return IntStream.range(0, given.length)
                .filter(row -> given[row] == k)
                .boxed()
                .toList();
    }

    /** Returns for each given class [k] how many of its rows are estimated to belong to each class [j]. */
    int[][] confidentJoint() {
        double[] thresholds = thresholds();
        int[][] joint = new int[classes][classes];
        for (int row = 0; row < given.length; row++) {
            int guess = guess(probabilities[row], thresholds);
            if (guess >= 0) {
                joint[given[row]][guess]++;
            }
        }
        for (int k = 0; k < classes; k++) {
            joint[k][k] = Math.max(1, joint[k][k]);
        }
        return calibrated(joint);
    }

    /** Returns the mean probability of each class over its own rows; 2 for a class without rows, which no probability reaches. */
    private double[] thresholds() {
        return IntStream.range(0, classes)
                .mapToDouble(k -> Math.max(
                        2 * CLOSE,
                        rows(k).stream()
                                .mapToDouble(row -> probabilities[row][k])
                                .average()
                                .orElse(2)))
                .toArray();
    }

    /** Returns the most probable of the classes that reach their thresholds; −1 if none does. */
    private static int guess(double[] row, double[] thresholds) {
        int[] reached = IntStream.range(0, row.length)
                .filter(k -> row[k] >= thresholds[k] - CLOSE)
                .toArray();
        return reached.length == 1 ? reached[0] : reached.length == 0 ? -1 : Logits.largest(row);
    }

    /** Scales each row of counts to the number of rows of that class, in whole numbers. */
    private int[][] calibrated(int[][] joint) {
        double[][] scaled = new double[classes][];
        for (int k = 0; k < classes; k++) {
            double found = Math.max(TINY, Arrays.stream(joint[k]).sum());
            int rows = rows(k).size();
            scaled[k] = Arrays.stream(joint[k])
                    .mapToDouble(count -> count / found * rows)
                    .toArray();
        }
        double total = Math.max(
                TINY, Arrays.stream(scaled).flatMapToDouble(Arrays::stream).sum());
        return Arrays.stream(scaled)
                .map(row -> rounded(Arrays.stream(row)
                        .map(count -> count / total * given.length)
                        .toArray()))
                .toArray(int[][]::new);
    }

    /** Rounds numbers so that their sum stays: those that were rounded the most change. */
    private static int[] rounded(double[] numbers) {
        double[] whole = Arrays.stream(numbers).map(Math::rint).toArray();
        double sum = Math.rint(Arrays.stream(numbers).sum());
        for (double missing = sum - sum(whole); missing != 0; missing = sum - sum(whole)) {
            int step = missing < 0 ? -1 : 1;
            List<Integer> order = IntStream.range(0, numbers.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> numbers[i] - whole[i]))
                    .collect(Collectors.toList());
            if (step > 0) {
                Collections.reverse(order);
            }
            order.subList(0, (int) Math.min(Math.abs(missing), numbers.length)).forEach(i -> whole[i] += step);
        }
        return Arrays.stream(whole).mapToInt(number -> (int) number).toArray();
    }

    private static double sum(double[] numbers) {
        return Math.rint(Arrays.stream(numbers).sum());
    }
}
