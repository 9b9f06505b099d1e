package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;

/** See {@link EmbeddingLoss#triplet}. */
final class TripletLoss extends EmbeddingLoss {
    private final double margin;

    TripletLoss(double margin) {
        super("triplets of margin " + margin);
        Require.argument(
                margin > 0 && Double.isFinite(margin),
                "triplet loss: margin is %s, expected a positive number",
                margin);
        this.margin = margin;
    }

    /** The number of negatives. */
    @Override
    double weight(List<Target> targets) {
        requireGroups(targets);
        for (int i = 1; i < targets.size(); i++) {
            boolean last = i + 1 == targets.size() || targets.get(i + 1) == Role.ANCHOR;
            requireTarget(targets.get(i) != Role.POSITIVE || !last, targets, i, "a hard negative after each positive");
        }
        return targets.stream().filter(role -> role == Role.NEGATIVE).count();
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        List<Target> targets = batch.targets();
        double sum = 0;
        int anchor = 0;
        for (int i = 0; i < targets.size(); i++) {
            anchor = targets.get(i) == Role.ANCHOR ? i : anchor;
            if (targets.get(i) != Role.NEGATIVE) {
                continue;
            }
            double loss = margin + units.cosine(anchor, i) - units.cosine(anchor, anchor + 1);
            if (loss > 0) {
                sum += loss;
                units.addCosineGradient(anchor, i, 1 / total, gradient);
                units.addCosineGradient(anchor, anchor + 1, -1 / total, gradient);
            }
        }
        return sum / total;
    }
}
