package org.lsradapt.training;

import org.lsradapt.lsr.internal.Require;

/** Weights of classes in the loss, for {@link org.lsradapt.objectives.SequenceObjective#weighted}. */
public final class ClassWeights {

    private ClassWeights() {}

    /**
     * Weights by which each class has the same part in the loss of all examples together: n/(classes·n_c) with n_c
     * examples of class c among n, as scikit-learn's {@code class_weight="balanced"}.
     *
     * @param labels class indices of the training examples, at least one per class; not modified
     * @param classes the number of classes, at least 2
     * @return one weight per class, new
     * @throws IllegalArgumentException if a label is no class index, or a class has no example
     */
    public static double[] balanced(int[] labels, int classes) {
        Require.argument(classes >= 2, "class weights: %d classes, expected >= 2", classes);
        int[] counts = new int[classes];
        for (int label : labels) {
            Require.argument(
                    label >= 0 && label < classes,
                    "class weights: label %d, expected a class index from 0 to %d",
                    label,
                    classes - 1);
            counts[label]++;
        }
        double[] weights = new double[classes];
        for (int c = 0; c < classes; c++) {
            Require.argument(counts[c] > 0, "class weights: class %d has no example, expected at least one", c);
            weights[c] = labels.length / ((double) classes * counts[c]);
        }
        return weights;
    }
}
