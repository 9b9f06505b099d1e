package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#taught}. */
final class TaughtEmbeddings extends EmbeddingLoss {
    private final double[][] units;

    TaughtEmbeddings(float[][] teacher) {
        Require.argument(teacher.length > 0, "teacher: no embeddings, expected at least one");
        units = new double[teacher.length][];
        for (int i = 0; i < teacher.length; i++) {
            double norm = 0;
            for (float number : teacher[i]) {
                norm += (double) number * number;
            }
            Require.argument(
                    teacher[i].length == teacher[0].length && norm > 0 && Double.isFinite(norm),
                    "teacher: embedding %d has %d numbers and the norm %s, expected %d numbers and a positive norm",
                    i,
                    teacher[i].length,
                    Math.sqrt(norm),
                    teacher[0].length);
            units[i] = new double[teacher[i].length];
            for (int c = 0; c < units[i].length; c++) {
                units[i][c] = teacher[i][c] / Math.sqrt(norm);
            }
        }
    }

    @Override
    public String toString() {
        return "a teacher's embeddings " + Integer.toHexString(Arrays.deepHashCode(units));
    }

    @Override
    double weight(double[] labels) {
        for (int i = 0; i < labels.length; i++) {
            boolean known = labels[i] == Math.rint(labels[i]) && labels[i] >= 0 && labels[i] < units.length;
            requireLabel(known, labels, i, "the index of an embedding from 0 to " + (units.length - 1));
        }
        return labels.length;
    }

    @Override
    void requireWidth(int width) {
        Require.argument(
                units[0].length == width,
                "teacher: embeddings of %d numbers, expected the model's %d",
                units[0].length,
                width);
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new Run() {
            @Override
            public double loss(
                    List<? extends ModelInput> sequences,
                    double[] labels,
                    double[] vectors,
                    double total,
                    double[] gradient) {
                double sum = 0;
                for (int i = 0; i < labels.length; i++) {
                    double[] target = units[(int) labels[i]];
                    double cosine = 0;
                    for (int c = 0; c < width; c++) {
                        cosine += vectors[i * width + c] * target[c];
                        gradient[i * width + c] = -target[c] / total;
                    }
                    sum += (1 - cosine) / total;
                }
                return sum;
            }

            @Override
            public void close() {
                // Keeps nothing.
            }
        };
    }
}
