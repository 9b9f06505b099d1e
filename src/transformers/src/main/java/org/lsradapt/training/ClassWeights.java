package org.lsradapt.training;

import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;

/**
 * Weights of classes in the loss, for {@link org.lsradapt.objectives.SequenceObjective#weighted}, and of labels, for
 * {@link org.lsradapt.objectives.SequenceObjective#multiLabel}.
 */
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

    /**
     * Weights of the texts that have a label, by which they count for it as much as all that have it not: (n − n_c)/n_c with n_c of n
     * texts. A label that no text has, or that all have, has the weight 1.
     *
     * @param targets for each text and label 1 or 0, at least one text; not modified
     * @return one weight per label, new
     */
    public static double[] positive(double[][] targets) {
        double[] weights = new double[targets[0].length];
        for (int c = 0; c < weights.length; c++) {
            int label = c;
            double having = Stream.of(targets).mapToDouble(row -> row[label]).sum();
            weights[c] = having == 0 || having == targets.length ? 1 : (targets.length - having) / having;
        }
        return weights;
    }
}
