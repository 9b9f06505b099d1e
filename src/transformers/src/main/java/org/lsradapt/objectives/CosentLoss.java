package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** See {@link EmbeddingLoss#cosent}. */
final class CosentLoss extends EmbeddingLoss {
    private final double scale;

    CosentLoss(double scale) {
        super("CoSENT of scale " + scale);
        Require.argument(
                scale > 0 && Double.isFinite(scale), "CoSENT loss: scale is %s, expected a positive number", scale);
        this.scale = scale;
    }

    @Override
    double weight(List<Target> targets) {
        return scores(targets, score -> Double.isFinite(score), "a finite score").length;
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        double[] known = scores(batch.targets());
        int pairs = known.length;
        double[] scores = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            scores[i] = scale * units.cosine(2 * i, 2 * i + 1);
        }
        double[] byScore = new double[pairs];
        double share = pairs / total;
        double value = order(scores, known, byScore);
        for (int i = 0; i < pairs; i++) {
            units.addCosineGradient(2 * i, 2 * i + 1, share * scale * byScore[i], gradient);
        }
        return share * value;
    }

    /**
     * Computes log(1 + Σ e^(s_i − s_j)) over the pairs i, j in which i has the smaller known score; its gradient
     * overwrites {@code byScore}.
     */
    private static double order(double[] scores, double[] known, double[] byScore) {
        double top = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                top = known[i] < known[j] ? Math.max(top, scores[i] - scores[j]) : top;
            }
        }
        double sum = Math.exp(-top);
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                if (known[i] < known[j]) {
                    double power = Math.exp(scores[i] - scores[j] - top);
                    sum += power;
                    byScore[i] += power;
                    byScore[j] -= power;
                }
            }
        }
        for (int i = 0; i < scores.length; i++) {
            byScore[i] /= sum;
        }
        return top + Math.log(sum);
    }
}
