package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#triplet}. */
final class TripletLoss extends EmbeddingLoss {
    private final double margin;

    TripletLoss(double margin) {
        Require.argument(
                margin > 0 && Double.isFinite(margin),
                "triplet loss: margin is %s, expected a positive number",
                margin);
        this.margin = margin;
    }

    @Override
    public String toString() {
        return "triplets of margin " + margin;
    }

    /** The number of negatives. */
    @Override
    double weight(List<Target> targets) {
        requireGroups(targets);
        for (int i = 1; i < targets.size(); i++) {
            boolean last = i + 1 == targets.size() || targets.get(i + 1) == Role.ANCHOR;
            requireTarget(targets.get(i) != Role.POSITIVE || !last, targets, i, "a hard negative behind each positive");
        }
        return targets.stream().filter(role -> role == Role.NEGATIVE).count();
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
                Arrays.fill(gradient, 0);
                double sum = 0;
                int anchor = 0;
                for (int i = 0; i < targets.size(); i++) {
                    anchor = targets.get(i) == Role.ANCHOR ? i : anchor;
                    if (targets.get(i) != Role.NEGATIVE) {
                        continue;
                    }
                    double loss = margin + dot(units, anchor, i, width) - dot(units, anchor, anchor + 1, width);
                    if (loss > 0) {
                        sum += loss;
                        add(gradient, units, anchor, i, 1 / total, width);
                        add(gradient, units, anchor, anchor + 1, -1 / total, width);
                    }
                }
                return sum / total;
            }

            @Override
            public void close() {}
        };
    }

    /** Adds the gradient of factor·cosine of two texts. */
    private static void add(double[] gradient, double[] units, int one, int other, double factor, int width) {
        for (int c = 0; c < width; c++) {
            gradient[one * width + c] += factor * units[other * width + c];
            gradient[other * width + c] += factor * units[one * width + c];
        }
    }
}
