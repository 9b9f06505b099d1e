package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;

/** See {@link SequenceObjective#taught}. */
final class TaughtLoss extends OutputLoss {
    private final int[] classes;
    private final double[][] targets;
    private final double share;
    private final double temperature;

    TaughtLoss(int[] classes, double[][] teacher, int outputs, double share, double temperature) {
        Require.argument(
                classes.length > 0 && classes.length == teacher.length,
                "teacher: outputs for %d examples, expected those of %d, at least one",
                teacher.length,
                classes.length);
        for (int i = 0; i < classes.length; i++) {
            Require.argument(
                    teacher[i].length == outputs && Arrays.stream(teacher[i]).allMatch(Double::isFinite),
                    "teacher: the outputs %s, expected %d finite numbers",
                    Arrays.toString(teacher[i]),
                    outputs);
            Require.argument(
                    classes[i] >= 0 && classes[i] < outputs,
                    "training step: class %d, expected one of %d",
                    classes[i],
                    outputs);
        }
        Require.argument(share > 0 && share <= 1, "teacher's share %s: expected above 0, up to 1", share);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "temperature %s: expected a finite positive number",
                temperature);
        this.classes = classes.clone();
        this.share = share;
        this.temperature = temperature;
        targets = Arrays.stream(teacher)
                .map(logits -> softmax(logits, temperature))
                .toArray(double[][]::new);
    }

    @Override
    double weight(double[] labels) {
        for (double label : labels) {
            Require.argument(
                    label == Math.rint(label) && label >= 0 && label < classes.length,
                    "training step: label %s, expected the index of an example from 0 to %d",
                    label,
                    classes.length - 1);
        }
        return labels.length;
    }

    @Override
    double loss(double[][] outputs, double[] labels, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < outputs.length; i++) {
            int example = (int) labels[i];
            double[] target = targets[example];
            double[] hard = softmax(outputs[i], 1);
            double[] soft = softmax(outputs[i], temperature);
            double hardShare = (1 - share) / total;
            double softShare = share * temperature / total;
            double top = Arrays.stream(outputs[i]).max().orElseThrow();
            double cross = logSum(outputs[i], top, 1) + (top - outputs[i][classes[example]]);
            double divergence = 0;
            double logTotal = logSum(outputs[i], top, temperature);
            for (int c = 0; c < target.length; c++) {
                double logSoft = (outputs[i][c] - top) / temperature - logTotal;
                if (target[c] > 0) {
                    divergence += target[c] * (Math.log(target[c]) - logSoft);
                }
                double own = c == classes[example] ? 1 : 0;
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
                Double.toString(temperature),
                "teacher's outputs",
                Integer.toHexString(Arrays.deepHashCode(targets)));
    }
}
