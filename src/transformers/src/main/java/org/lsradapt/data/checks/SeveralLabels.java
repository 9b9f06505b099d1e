package org.lsradapt.data.checks;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Confident learning for any number of labels in each row, each label by itself, as in cleanlab's {@code multilabel_classification}. */
final class SeveralLabels {
    /** The weight of the next smaller score in the moving average. */
    private static final double NEXT = 0.8;

    private final boolean[][] given;
    private final double[][] probabilities;

    /** Takes for each row whether it has each label, and the probability of each label; kept. */
    SeveralLabels(boolean[][] given, double[][] probabilities) {
        this.given = given;
        this.probabilities = probabilities;
    }

    /** Returns for each row and label whether the presence, or the absence, of the label is probably wrong. */
    boolean[][] issues() {
        boolean[][] wrong = new boolean[given.length][given[0].length];
        for (int label = 0; label < given[0].length; label++) {
            int index = label;
            int[] classes =
                    Arrays.stream(given).mapToInt(row -> row[index] ? 1 : 0).toArray();
            double[][] binary = Arrays.stream(probabilities)
                    .map(row -> new double[] {1 - row[index], row[index]})
                    .toArray(double[][]::new);
            for (int row : new ConfidentLearning(classes, binary).issues()) {
                wrong[row][label] = true;
            }
        }
        return wrong;
    }

    /** Returns the probability that a label is there if it is given, or not there if it is not. */
    double confidence(int row, int label) {
        double probability = probabilities[row][label];
        return given[row][label] ? probability : 1 - probability;
    }

    /** Returns the share of labels with a confidence of one half or more. */
    double agreement() {
        return IntStream.range(0, given.length)
                .mapToDouble(row -> IntStream.range(0, given[row].length)
                        .mapToDouble(label -> confidence(row, label) >= 0.5 ? 1 : 0)
                        .average()
                        .orElseThrow())
                .average()
                .orElseThrow();
    }

    /** Returns for each row the exponential moving average of its labels' confidences, the smallest one last. */
    double[] scores() {
        return IntStream.range(0, given.length).mapToDouble(this::score).toArray();
    }

    private double score(int row) {
        double[] sorted = IntStream.range(0, given[row].length)
                .mapToDouble(label -> confidence(row, label))
                .sorted()
                .toArray();
        double average = sorted[sorted.length - 1];
        for (int i = sorted.length - 2; i >= 0; i--) {
            average = NEXT * sorted[i] + (1 - NEXT) * average;
        }
        return average;
    }
}
