package org.lsradapt.objectives;

import java.util.List;

/** See {@link EmbeddingLoss#classes}. */
final class ClassContrastLoss extends EmbeddingLoss {

    ClassContrastLoss() {
        super("cosines of 1 within classes and of 0 between them");
    }

    @Override
    double weight(List<Target> targets) {
        return Target.require(Target.Category.class, targets).size();
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        int[] classes = batch.targets().stream()
                .mapToInt(target -> ((Target.Category) target).index())
                .toArray();
        long pairs = (long) classes.length * (classes.length - 1) / 2;
        long alike = alike(classes);
        boolean both = alike > 0 && alike < pairs;
        double share = classes.length / total / (both ? 2 : 1);
        double sum = 0;
        for (int i = 0; i < classes.length; i++) {
            for (int j = 0; j < i; j++) {
                boolean same = classes[i] == classes[j];
                double weight = share / (same ? alike : pairs - alike);
                double error = units.cosine(i, j) - (same ? 1 : 0);
                sum += weight * error * error;
                units.addCosineGradient(i, j, 2 * weight * error, gradient);
            }
        }
        return sum;
    }

    /** The number of pairs of one class. */
    private static long alike(int[] classes) {
        long count = 0;
        for (int i = 0; i < classes.length; i++) {
            for (int j = 0; j < i; j++) {
                count += classes[i] == classes[j] ? 1 : 0;
            }
        }
        return count;
    }
}
