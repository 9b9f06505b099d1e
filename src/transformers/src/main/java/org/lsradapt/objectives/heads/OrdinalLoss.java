package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;

/** See {@link OrdinalObjective}. Immutable. */
final class OrdinalLoss {
    private final int classes;
    private final Optional<double[]> classWeights;

    OrdinalLoss(int classes, Optional<double[]> classWeights) {
        classWeights.ifPresent(weights -> Require.argument(
                weights.length == classes
                        && Arrays.stream(weights).allMatch(weight -> weight > 0 && Double.isFinite(weight)),
                "class weights: %s, expected a finite positive number for each of %d classes",
                Arrays.toString(weights),
                classes));
        this.classes = classes;
        this.classWeights = classWeights.map(double[]::clone);
    }

    double weight(List<Target> targets) {
        return Target.require(Target.Category.class, targets).stream()
                .mapToDouble(target -> weight(OutputLoss.requireClass(target.index(), classes)))
                .sum();
    }

    private double weight(int category) {
        return classWeights.isEmpty() ? 1 : classWeights.get()[category];
    }

    /**
     * Computes a part of the loss.
     *
     * @param targets as {@link #weight} takes them
     * @param parameters those of {@link OrdinalThresholds}; not modified
     * @param gradScores ∂L/∂scores, overwritten
     * @param gradParameters ∂L/∂parameters is added
     */
    double loss(
            double[][] scores,
            List<Target> targets,
            double total,
            double[] parameters,
            double[][] gradScores,
            double[] gradParameters) {
        Gradient gradient = new Gradient(parameters);
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            int category = ((Target.Category) targets.get(i)).index();
            double weight = weight(category) / total;
            sum += weight * gradient.add(scores[i][0], category, weight, gradScores[i]);
        }
        gradient.addTo(gradParameters);
        return sum;
    }

    Map<String, String> settings() {
        return Map.of(
                "loss",
                "cumulative links of " + classes + " classes",
                "class weights",
                classWeights.map(Arrays::toString).orElse("none"));
    }

    /** Sums of gradients of −log P(y = c). */
    private static final class Gradient {
        private final double[] parameters;
        private final double[] thresholds;
        /** Sums for each threshold, without the terms of {@link #gaps}. */
        private final double[] links;
        /** Sums for the gap below each threshold, which would cancel each other in {@link #links} only up to rounding. */
        private final double[] gaps;

        Gradient(double[] parameters) {
            this.parameters = parameters;
            thresholds = OrdinalThresholds.of(parameters);
            links = new double[parameters.length];
            gaps = new double[parameters.length];
        }

        /** Returns −log P(y = c) for a score, and adds its weighted gradient; that of the score is overwritten. */
        double add(double score, int c, double weight, double[] gradScore) {
            double loss = 0;
            gradScore[0] = 0;
            if (c < thresholds.length) {
                double above = Loss.sigmoid(score - thresholds[c]);
                loss -= Loss.logSigmoid(thresholds[c] - score);
                gradScore[0] += weight * above;
                links[c] -= weight * above;
            }
            if (c > 0) {
                double below = Loss.sigmoid(thresholds[c - 1] - score);
                loss -= Loss.logSigmoid(score - thresholds[c - 1]);
                gradScore[0] -= weight * below;
                links[c - 1] += weight * below;
            }
            if (c > 0 && c < thresholds.length) {
                double gap = OrdinalThresholds.softplus(parameters[c]);
                loss -= OrdinalThresholds.logOpen(gap);
                gaps[c] -= weight / Math.expm1(gap);
            }
            return loss;
        }

        /** A gap moves its threshold and all above it. */
        void addTo(double[] gradParameters) {
            double moved = 0;
            for (int k = parameters.length - 1; k >= 0; k--) {
                moved += links[k];
                gradParameters[k] += k == 0 ? moved : (moved + gaps[k]) * Loss.sigmoid(parameters[k]);
            }
        }
    }
}
