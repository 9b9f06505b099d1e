package org.lsradapt.objectives.heads;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target;

/** See {@link RankingLoss#margin}. */
final class MarginLoss extends RankingLoss {

    MarginLoss() {
        super("margin to a teacher's scores", true, true);
    }

    @Override
    public List<Target> targets(double[] known) {
        for (double score : known) {
            Require.argument(Double.isFinite(score), "margin loss: a teacher's score is %s, expected a number", score);
        }
        return passages(known);
    }

    @Override
    double weight(List<Target> targets) {
        return weights(targets, known -> known.length - 1);
    }

    @Override
    double loss(double[][] outputs, List<Target> targets, double total, double[][] gradients) {
        return sum(outputs, targets, total, gradients, (scores, known, gradient) -> {
            double sum = 0;
            for (int j = 1; j < scores.length; j++) {
                double error = (scores[0] - scores[j]) - (known[0] - known[j]);
                sum += error * error;
                gradient[0] += 2 * error;
                gradient[j] -= 2 * error;
            }
            return sum;
        });
    }
}
