package org.lsradapt.objectives.heads;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;

/** See {@link RankingLoss#binary}. */
final class BinaryRankingLoss extends RankingLoss {

    BinaryRankingLoss() {
        super("binary cross-entropy", false, false);
    }

    @Override
    public List<Target> targets(double[] known) {
        List<Target> targets = Target.values(known);
        weight(targets);
        return targets;
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
            sum -= relevance * Loss.logSigmoid(score) + (1 - relevance) * Loss.logSigmoid(-score);
            gradients[i][0] = (Loss.sigmoid(score) - relevance) / total;
        }
        return sum / total;
    }
}
