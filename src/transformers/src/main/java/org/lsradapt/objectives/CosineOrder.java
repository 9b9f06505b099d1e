package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#cosent}. */
final class CosineOrder extends EmbeddingLoss {
    private final double scale;

    CosineOrder(double scale) {
        Require.argument(
                scale > 0 && Double.isFinite(scale), "CoSENT loss: scale is %s, expected a positive number", scale);
        this.scale = scale;
    }

    @Override
    public String toString() {
        return "CoSENT of scale " + scale;
    }

    @Override
    double weight(double[] labels) {
        Require.argument(labels.length % 2 == 0, "CoSENT loss: %d texts, expected pairs", labels.length);
        for (int i = 0; i < labels.length; i++) {
            requireLabel(Double.isFinite(labels[i]), labels, i, "a finite score");
            requireLabel(labels[i] == labels[i & ~1], labels, i, "that of the text before it, " + labels[i & ~1]);
        }
        return labels.length / 2.0;
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new Run() {
            @Override
            public double loss(
                    List<? extends ModelInput> sequences,
                    double[] labels,
                    double[] units,
                    double total,
                    double[] gradient) {
                int pairs = labels.length / 2;
                double[] scores = new double[pairs];
                for (int i = 0; i < pairs; i++) {
                    scores[i] = scale * dot(units, 2 * i, 2 * i + 1, width);
                }
                double[] byScore = new double[pairs];
                double share = pairs / total;
                double value = order(scores, labels, byScore);
                for (int i = 0; i < pairs; i++) {
                    for (int c = 0; c < width; c++) {
                        int first = 2 * i * width + c;
                        gradient[first] = share * scale * byScore[i] * units[first + width];
                        gradient[first + width] = share * scale * byScore[i] * units[first];
                    }
                }
                return share * value;
            }

            @Override
            public void close() {}
        };
    }

    /** log(1 + Σ e^(s_i − s_j)) over the pairs i, j with a smaller label of i; its gradient overwrites {@code byScore}. */
    private static double order(double[] scores, double[] labels, double[] byScore) {
        double top = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                top = labels[2 * i] < labels[2 * j] ? Math.max(top, scores[i] - scores[j]) : top;
            }
        }
        double sum = Math.exp(-top);
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                if (labels[2 * i] < labels[2 * j]) {
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
