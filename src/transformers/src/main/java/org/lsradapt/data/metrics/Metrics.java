package org.lsradapt.data.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The formulas of the metrics. The arrays of a call have the same length of at least 1, hold finite numbers and are not modified; classes
 * are indices from 0. Every result is finite; each method states its result for degenerate input.
 */
final class Metrics {

    private Metrics() {}

    /** The fraction of predictions that are right, in [0, 1]. */
    static double accuracy(int[] truth, int[] predicted) {
        return (double) IntStream.range(0, truth.length)
                        .filter(i -> truth[i] == predicted[i])
                        .count()
                / truth.length;
    }

    /**
     * F1 = 2·TP / (2·TP + FP + FN) of class 1, the harmonic mean of its precision and recall, in [0, 1]. It is 0 if class 1 is never
     * predicted, never true, or neither.
     */
    static double binaryF1(int[] truth, int[] predicted) {
        requireBinary("f1", truth, predicted);
        return f1(truth, predicted, 1);
    }

    /**
     * The unweighted mean of the F1 of each class that occurs in the truth, in [0, 1]; the F1 of any other class cannot be measured. This
     * is scikit-learn's {@code average="macro"} with {@code labels=np.unique(truth)}, so that compared models have a mean over the same
     * classes.
     */
    static double macroF1(int[] truth, int[] predicted) {
        int classes = IntStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                        .max()
                        .orElseThrow()
                + 1;
        long[] hits = new long[classes];
        long[] totals = new long[classes];
        for (int i = 0; i < truth.length; i++) {
            hits[truth[i]] += truth[i] == predicted[i] ? 2 : 0;
            totals[truth[i]]++;
            totals[predicted[i]]++;
        }
        return Arrays.stream(truth)
                .distinct()
                .mapToDouble(label -> (double) hits[label] / totals[label])
                .average()
                .orElseThrow();
    }

    /**
     * Matthews' correlation coefficient of two classes, (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)), in [-1, 1]. It is 0 if a
     * factor of the denominator is 0, that is, if the truth or the predictions hold one class only.
     */
    static double matthews(int[] truth, int[] predicted) {
        requireBinary("matthews", truth, predicted);
        double truePositive = count(truth, predicted, 1, 1);
        double trueNegative = count(truth, predicted, 0, 0);
        double falsePositive = count(truth, predicted, 0, 1);
        double falseNegative = count(truth, predicted, 1, 0);
        double squared = (truePositive + falsePositive)
                * (truePositive + falseNegative)
                * (trueNegative + falsePositive)
                * (trueNegative + falseNegative);
        return squared == 0 ? 0 : (truePositive * trueNegative - falsePositive * falseNegative) / Math.sqrt(squared);
    }

    /**
     * Pearson's correlation coefficient, in [-1, 1]. It is 0 if all values of one array are equal (a constant prediction shows no
     * relation), including arrays of one value.
     */
    static double pearson(double[] truth, double[] predicted) {
        if (isConstant(truth) || isConstant(predicted)) {
            return 0;
        }
        double[] x = standardized(truth);
        double[] y = standardized(predicted);
        double correlation = 0;
        for (int i = 0; i < x.length; i++) {
            correlation += x[i] * y[i];
        }
        return Math.max(-1, Math.min(1, correlation));
    }

    /**
     * Spearman's rank correlation, in [-1, 1]: Pearson's correlation of the ranks; equal values share the mean of their ranks. It is 0 if
     * all values of one array are equal.
     */
    static double spearman(double[] truth, double[] predicted) {
        return pearson(ranks(truth), ranks(predicted));
    }

    /** The mean of |truth − prediction|, at least 0, in the unit of the values. */
    static double meanAbsoluteError(double[] truth, double[] predicted) {
        double mean = 0;
        for (int i = 0; i < truth.length; i++) {
            mean += Math.abs(truth[i] / truth.length - predicted[i] / truth.length);
        }
        return Math.min(mean, Double.MAX_VALUE);
    }

    /** The rank of each value, from 1; equal values share the mean of their ranks. */
    static double[] ranks(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i] + 0.0)) // + 0.0 makes -0.0 equal to 0.0
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        int start = 0;
        while (start < order.length) {
            int end = start + 1;
            while (end < order.length && values[order[end]] == values[order[start]]) {
                end++;
            }
            for (int i = start; i < end; i++) {
                ranks[order[i]] = (start + 1 + end) / 2.0;
            }
            start = end;
        }
        return ranks;
    }

    private static double f1(int[] truth, int[] predicted, int label) {
        long hits = 2 * count(truth, predicted, label, label);
        long total = IntStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                .filter(one -> one == label)
                .count();
        return total == 0 ? 0 : (double) hits / total;
    }

    private static long count(int[] truth, int[] predicted, int trueLabel, int predictedLabel) {
        return IntStream.range(0, truth.length)
                .filter(i -> truth[i] == trueLabel && predicted[i] == predictedLabel)
                .count();
    }

    private static boolean isConstant(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    /** The values minus their mean, with norm 1; scaled in between, so that no square over- or underflows. */
    private static double[] standardized(double[] values) {
        double[] result = scaled(values);
        double mean = Arrays.stream(result).sum() / result.length;
        for (int i = 0; i < result.length; i++) {
            result[i] -= mean;
        }
        result = scaled(result);
        double squares = 0;
        for (double value : result) {
            squares += value * value;
        }
        double norm = Math.sqrt(squares);
        for (int i = 0; i < result.length; i++) {
            result[i] /= norm;
        }
        return result;
    }

    /** The values divided by their largest magnitude, which is not 0. */
    private static double[] scaled(double[] values) {
        double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
        return Arrays.stream(values).map(value -> value / largest).toArray();
    }

    private static void requireBinary(String metric, int[] truth, int[] predicted) {
        IntStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                .filter(label -> label != 0 && label != 1)
                .findFirst()
                .ifPresent(label -> {
                    throw new IllegalArgumentException(metric + ": found class " + label + ", expected 0 or 1");
                });
    }
}
