package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;

/** See {@link SequenceObjective#multiLabel}. */
final class MultiLabelLoss extends OutputLoss {
    private final int outputs;
    private final Optional<double[]> positiveWeights;

    MultiLabelLoss(int outputs, Optional<double[]> positiveWeights) {
        positiveWeights.ifPresent(weights -> Require.argument(
                weights.length == outputs
                        && Arrays.stream(weights).allMatch(weight -> weight > 0 && Double.isFinite(weight)),
                "positive weights: %s, expected a finite positive number for each of %d labels",
                Arrays.toString(weights),
                outputs));
        this.outputs = outputs;
        this.positiveWeights = positiveWeights.map(double[]::clone);
    }

    @Override
    double weight(List<Target> targets) {
        for (Target.Labels target : Target.require(Target.Labels.class, targets)) {
            double[] amounts = target.amounts();
            Require.argument(
                    amounts.length == outputs && Arrays.stream(amounts).allMatch(one -> one >= 0 && one <= 1),
                    "binary cross-entropy: the targets %s, expected %d numbers from 0 to 1",
                    Arrays.toString(amounts),
                    outputs);
        }
        return targets.size();
    }

    @Override
    double loss(double[][] rows, List<Target> targets, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            double[] target = ((Target.Labels) targets.get(i)).amounts();
            double scale = 1 / (total * target.length);
            for (int c = 0; c < target.length; c++) {
                double weight = positiveWeights.isEmpty() ? 1 : positiveWeights.get()[c];
                double score = rows[i][c];
                double missed = -Loss.logSigmoid(score);
                double wrong = -Loss.logSigmoid(-score);
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
                "positive weights",
                positiveWeights.map(Arrays::toString).orElse("none"));
    }
}
