package org.lsradapt.tasks;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The formulas of the metrics. The arrays of one call have one length of at least 1 and are not modified; classes are
 * indices from 0. Every value is finite: what a degenerate input gives is said at each method.
 */
final class Metrics {

    private Metrics() {}

    /** The fraction of predictions that are right, in [0, 1]. */
    static double accuracy(int[] truth, int[] predicted) {
        requireSameLength("accuracy", truth.length, predicted.length);
        int right = 0;
        for (int i = 0; i < truth.length; i++) {
            right += truth[i] == predicted[i] ? 1 : 0;
        }
        return (double) right / truth.length;
    }

    /**
     * F1 = 2·TP / (2·TP + FP + FN) of class 1, the harmonic mean of its precision and recall, in [0, 1]. It is 0 where
     * class 1 is never predicted, never true, or neither.
     */
    static double binaryF1(int[] truth, int[] predicted) {
        requireSameLength("f1", truth.length, predicted.length);
        requireBinary("f1", truth, predicted);
        return f1(truth, predicted, 1);
    }

    /**
     * The unweighted mean of the F1 of each class, in [0, 1], over the classes that occur in the truth or in the
     * predictions: a class that does neither says nothing about the predictions and is left out (scikit-learn's
     * {@code average="macro"}).
     */
    static double macroF1(int[] truth, int[] predicted) {
        requireSameLength("f1", truth.length, predicted.length);
        return IntStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                .distinct()
                .mapToDouble(label -> f1(truth, predicted, label))
                .average()
                .orElseThrow();
    }

    /**
     * Matthews' correlation coefficient of two classes, (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)), in [-1, 1].
     * It is 0 where a factor of the denominator is 0, that is, where the truth or the predictions hold one class only.
     */
    static double matthews(int[] truth, int[] predicted) {
        requireSameLength("matthews", truth.length, predicted.length);
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
     * Pearson's correlation coefficient, in [-1, 1]. It is 0 where all values of one array are equal (a model that
     * always answers the same has found no relation), a single value among them.
     */
    static double pearson(double[] truth, double[] predicted) {
        requireSameLength("pearson", truth.length, predicted.length);
        requireFinite("pearson", truth);
        requireFinite("pearson", predicted);
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
     * Spearman's rank correlation, in [-1, 1]: Pearson's correlation of the ranks, where equal values share the mean of
     * their ranks. It is 0 where all values of one array are equal.
     */
    static double spearman(double[] truth, double[] predicted) {
        requireSameLength("spearman", truth.length, predicted.length);
        requireFinite("spearman", truth);
        requireFinite("spearman", predicted);
        return pearson(ranks(truth), ranks(predicted));
    }

    /** The mean of |truth − prediction|, at least 0, in the unit of the values. */
    static double meanAbsoluteError(double[] truth, double[] predicted) {
        requireSameLength("mae", truth.length, predicted.length);
        requireFinite("mae", truth);
        requireFinite("mae", predicted);
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
        int hits = 0;
        int total = 0;
        for (int i = 0; i < truth.length; i++) {
            hits += truth[i] == label && predicted[i] == label ? 2 : 0;
            total += (truth[i] == label ? 1 : 0) + (predicted[i] == label ? 1 : 0);
        }
        return total == 0 ? 0 : (double) hits / total;
    }

    private static int count(int[] truth, int[] predicted, int trueLabel, int predictedLabel) {
        int count = 0;
        for (int i = 0; i < truth.length; i++) {
            count += truth[i] == trueLabel && predicted[i] == predictedLabel ? 1 : 0;
        }
        return count;
    }

    private static boolean isConstant(double[] values) {
        for (double value : values) {
            if (value != values[0]) {
                return false;
            }
        }
        return true;
    }

    /** The values less their mean, with norm 1; scaled in between, so that no square over- or underflows. */
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

    private static void requireSameLength(String metric, int truths, int predictions) {
        if (truths != predictions || truths == 0) {
            throw new IllegalArgumentException(metric + ": " + truths + " true values and " + predictions
                    + " predictions, expected as many, at least 1");
        }
    }

    private static void requireBinary(String metric, int[] truth, int[] predicted) {
        IntStream.concat(Arrays.stream(truth), Arrays.stream(predicted))
                .filter(label -> label != 0 && label != 1)
                .findFirst()
                .ifPresent(label -> {
                    throw new IllegalArgumentException(metric + ": found class " + label + ", expected 0 or 1");
                });
    }

    private static void requireFinite(String metric, double[] values) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(metric + ": found " + value + ", expected finite numbers");
            }
        }
    }
}
