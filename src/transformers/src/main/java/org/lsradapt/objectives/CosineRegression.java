package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#cosine}. */
final class CosineRegression extends EmbeddingLoss {
    private final double lowest;
    private final double highest;
    private final double lowestCosine;

    /** Maps the lowest score to a cosine of {@code lowestCosine} and the highest to 1, linearly. */
    CosineRegression(double lowest, double highest, double lowestCosine) {
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
    public String toString() {
        return "cosines from " + lowestCosine + " for scores from " + lowest + " to " + highest;
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
    Run open(int width, DataType type, Backend backend) {
        return new Run() {
            @Override
            public double loss(
                    List<? extends ModelInput> sequences,
                    List<Target> targets,
                    double[] units,
                    double total,
                    double[] gradient) {
                double[] known = scores(targets);
                double sum = 0;
                for (int i = 0; i < 2 * known.length; i += 2) {
                    int first = i * width;
                    int second = first + width;
                    double error = dot(units, i, i + 1, width) - target(known[i / 2]);
                    sum += error * error;
                    for (int c = 0; c < width; c++) {
                        gradient[first + c] = 2 * error / total * units[second + c];
                        gradient[second + c] = 2 * error / total * units[first + c];
                    }
                }
                return sum / total;
            }

            @Override
            public void close() {}
        };
    }

    private double target(double score) {
        return lowestCosine + (1 - lowestCosine) * (score - lowest) / (highest - lowest);
    }
}
