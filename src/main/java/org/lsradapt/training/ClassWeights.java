package org.lsradapt.training;

import org.lsradapt.lsr.Require;

/** Weights of classes in a loss. */
public final class ClassWeights {

    private ClassWeights() {}

    /**
     * n/(classes·n_c) for each class c with n_c of n examples, so that each class has the same weight in all.
     *
     * @param labels class indices from 0 to {@code classes} − 1
     * @param classes how many there are
     * @return a weight per class; their mean over the examples is 1
     * @throws IllegalArgumentException if a label is no index of a class, or a class has no example
     */
    public static double[] balanced(double[] labels, int classes) {
        int[] counts = new int[classes];
        for (double label : labels) {
            Require.argument(
                    label == Math.rint(label) && label >= 0 && label < classes,
                    "class weights: label %s, expected a class index from 0 to %d",
                    label,
                    classes - 1);
            counts[(int) label]++;
        }
        double[] weights = new double[classes];
        for (int c = 0; c < classes; c++) {
            Require.argument(counts[c] > 0, "class weights: class %d has no example, expected one at least", c);
            weights[c] = (double) labels.length / ((double) classes * counts[c]);
        }
        return weights;
    }
}
