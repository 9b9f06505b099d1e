package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;

/** See {@link SequenceObjective#multiLabel}. */
final class MultiLabelLoss extends OutputLoss {
    private final double[][] targets;
    private final Optional<double[]> positiveWeights;

    MultiLabelLoss(double[][] targets, int outputs, Optional<double[]> positiveWeights) {
        Require.argument(targets.length > 0, "binary cross-entropy: no targets, expected at least one row");
        for (double[] row : targets) {
            Require.argument(
                    row.length == outputs && Arrays.stream(row).allMatch(target -> target >= 0 && target <= 1),
                    "binary cross-entropy: the targets %s, expected %d numbers from 0 to 1",
                    Arrays.toString(row),
                    outputs);
        }
        positiveWeights.ifPresent(weights -> Require.argument(
                weights.length == outputs
                        && Arrays.stream(weights).allMatch(weight -> weight > 0 && Double.isFinite(weight)),
                "positive weights: %s, expected a finite positive number for each of %d labels",
                Arrays.toString(weights),
                outputs));
        this.targets = Arrays.stream(targets).map(double[]::clone).toArray(double[][]::new);
        this.positiveWeights = positiveWeights.map(double[]::clone);
    }

    @Override
    double weight(double[] labels) {
        for (double label : labels) {
            Require.argument(
                    label == Math.rint(label) && label >= 0 && label < targets.length,
                    "training step: label %s, expected the index of a row of targets from 0 to %d",
                    label,
                    targets.length - 1);
        }
        return labels.length;
    }

    @Override
    double loss(double[][] outputs, double[] labels, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < outputs.length; i++) {
            double[] target = targets[(int) labels[i]];
            double scale = 1 / (total * target.length);
            for (int c = 0; c < target.length; c++) {
                double weight = positiveWeights.isEmpty() ? 1 : positiveWeights.get()[c];
                double score = outputs[i][c];
                // −log σ(o) and −log(1 − σ(o)), of which neither overflows.
                double small = Math.log1p(Math.exp(-Math.abs(score)));
                double missed = Math.max(-score, 0) + small;
                double wrong = Math.max(score, 0) + small;
                double probability = 1 / (1 + Math.exp(-score));
                sum += scale * (weight * target[c] * missed + (1 - target[c]) * wrong);
                gradients[i][c] = scale * ((1 - target[c]) * probability - weight * target[c] * (1 - probability));
            }
        }
        return sum;
    }

    @Override
    Map<String, String> settings() {
        return Map.of(
                "loss",
                "binary cross-entropy",
                "targets",
                Integer.toHexString(Arrays.deepHashCode(targets)),
                "positive weights",
                positiveWeights.map(Arrays::toString).orElse("none"));
    }
}
