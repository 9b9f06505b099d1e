package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target;

/** See {@link SequenceObjective#distilled}. */
final class DistillationLoss extends OutputLoss {
    private final int outputs;
    private final double share;
    private final double temperature;

    DistillationLoss(int outputs, double share, double temperature) {
        Require.argument(share > 0 && share <= 1, "teacher's share %s: expected above 0, up to 1", share);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "temperature %s: expected a finite positive number",
                temperature);
        this.outputs = outputs;
        this.share = share;
        this.temperature = temperature;
    }

    @Override
    double weight(List<Target> targets) {
        for (Target.Distilled target : Target.require(Target.Distilled.class, targets)) {
            Require.argument(
                    target.teacher().length == outputs
                            && Arrays.stream(target.teacher()).allMatch(Double::isFinite),
                    "teacher: the outputs %s, expected %d finite numbers",
                    Arrays.toString(target.teacher()),
                    outputs);
            requireClass(target.index(), outputs);
        }
        return targets.size();
    }

    @Override
    double loss(double[][] rows, List<Target> targets, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            Target.Distilled example = (Target.Distilled) targets.get(i);
            double[] target = softmax(example.teacher(), temperature);
            double[] hard = softmax(rows[i], 1);
            double[] soft = softmax(rows[i], temperature);
            double hardShare = (1 - share) / total;
            double softShare = share * temperature / total;
            double top = Arrays.stream(rows[i]).max().orElseThrow();
            double cross = logSum(rows[i], top, 1) + (top - rows[i][example.index()]);
            double divergence = 0;
            double logTotal = logSum(rows[i], top, temperature);
            for (int c = 0; c < target.length; c++) {
                double logSoft = (rows[i][c] - top) / temperature - logTotal;
                if (target[c] > 0) {
                    divergence += target[c] * (Math.log(target[c]) - logSoft);
                }
                double own = c == example.index() ? 1 : 0;
                gradients[i][c] = hardShare * (hard[c] - own) + softShare * (soft[c] - target[c]);
            }
            sum += hardShare * cross + softShare * temperature * divergence;
        }
        return sum;
    }

    /** log Σ exp((o_c − top)/T). */
    private static double logSum(double[] logits, double top, double temperature) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp((logit - top) / temperature);
        }
        return Math.log(sum);
    }

    private static double[] softmax(double[] logits, double temperature) {
        double top = Arrays.stream(logits).max().orElseThrow();
        double logTotal = logSum(logits, top, temperature);
        return Arrays.stream(logits)
                .map(logit -> Math.exp((logit - top) / temperature - logTotal))
                .toArray();
    }

    @Override
    Map<String, String> settings() {
        return Map.of(
                "loss",
                "cross-entropy and a teacher's",
                "teacher's share",
                Double.toString(share),
                "temperature",
                Double.toString(temperature));
    }
}
