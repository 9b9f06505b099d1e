package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** See {@link EmbeddingLoss#cosine}. */
final class CosineLoss extends EmbeddingLoss {
    private final double lowest;
    private final double highest;
    private final double lowestCosine;

    /** Maps the lowest score to a cosine of {@code lowestCosine} and the highest to 1, linearly. */
    CosineLoss(double lowest, double highest, double lowestCosine) {
        super("cosines from " + lowestCosine + " for scores from " + lowest + " to " + highest);
        Require.argument(
                Double.isFinite(lowest) && Double.isFinite(highest) && lowest < highest,
                "cosine loss: scores from %s to %s, expected two numbers, the smaller one first",
                lowest,
                highest);
        this.lowest = lowest;
        this.highest = highest;
        this.lowestCosine = lowestCosine;
    }

    @Override
    double weight(List<Target> targets) {
        return scores(
                        targets,
                        score -> score >= lowest && score <= highest,
                        "a score from " + lowest + " to " + highest)
                .length;
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        double[] known = scores(batch.targets());
        double sum = 0;
        for (int i = 0; i < known.length; i++) {
            double error = units.cosine(2 * i, 2 * i + 1) - target(known[i]);
            sum += error * error;
            units.addCosineGradient(2 * i, 2 * i + 1, 2 * error / total, gradient);
        }
        return sum / total;
    }

    private double target(double score) {
        return lowestCosine + (1 - lowestCosine) * (score - lowest) / (highest - lowest);
    }
}
