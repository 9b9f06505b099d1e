package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** See {@link RankingLoss#binary}. */
final class RelevanceLoss extends RankingLoss {

    @Override
    public boolean isOfQueries() {
        return false;
    }

    @Override
    public List<Target> targets(double[] known) {
        List<Target> targets = Target.values(known);
        weight(targets);
        return targets;
    }

    @Override
    public boolean isOfScores() {
        return false;
    }

    @Override
    public String toString() {
        return "binary cross-entropy";
    }

    @Override
    double weight(List<Target> targets) {
        for (Target.Value target : Target.require(Target.Value.class, targets)) {
            double relevance = target.value();
            Require.argument(
                    relevance >= 0 && relevance <= 1,
                    "binary loss: label %s, expected a relevance from 0 to 1",
                    relevance);
        }
        return targets.size();
    }

    @Override
    double loss(double[][] outputs, List<Target> targets, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < targets.size(); i++) {
            double relevance = ((Target.Value) targets.get(i)).value();
            double score = outputs[i][0];
            sum -= relevance * logSigmoid(score) + (1 - relevance) * logSigmoid(-score);
            gradients[i][0] = (sigmoid(score) - relevance) / total;
        }
        return sum / total;
    }
}
