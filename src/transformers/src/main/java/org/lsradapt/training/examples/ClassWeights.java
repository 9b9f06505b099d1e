package org.lsradapt.training.examples;

import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;

/**
 * Weights of classes in the loss, for {@link org.lsradapt.objectives.heads.SequenceObjective#weighted}, and of labels, for
 * {@link org.lsradapt.objectives.heads.SequenceObjective#multiLabel}.
 */
public final class ClassWeights {

    private ClassWeights() {}

    /**
     * Computes weights with which each class contributes equally to the loss of all examples: n/(classes·n_c) for n_c examples of class c
     * among n, as scikit-learn's {@code class_weight="balanced"}.
     *
     * @param labels class indices of the training examples, at least one per class; not modified
     * @param classes the number of classes, at least 2
     * @return one weight per class, in a new array
     * @throws IllegalArgumentException if a label is not a class index, or a class has no example
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
     * Computes weights with which, for each label, the texts that have it contribute as much as the texts that lack it: (n − n_c)/n_c for
     * n_c of n texts. The weight is 1 for a label that no text or every text has.
     *
     * @param targets for each text and label, 1 or 0; at least one text; not modified
     * @return one weight per label, in a new array
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
