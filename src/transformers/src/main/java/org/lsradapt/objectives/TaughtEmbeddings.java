package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#taught}. */
final class TaughtEmbeddings extends EmbeddingLoss {

    @Override
    public String toString() {
        return "a teacher's embeddings";
    }

    @Override
    double weight(List<Target> targets) {
        List<Target.Embedding> taught = Target.require(Target.Embedding.class, targets);
        for (int i = 0; i < taught.size(); i++) {
            int numbers = taught.get(i).teacher().length;
            double norm = norm(taught.get(i).teacher());
            Require.argument(
                    numbers == taught.get(0).teacher().length && norm > 0 && Double.isFinite(norm),
                    "teacher: embedding %d has %d numbers and the norm %s, expected %d numbers and a positive norm",
                    i,
                    numbers,
                    norm,
                    taught.get(0).teacher().length);
        }
        return taught.size();
    }

    private static double norm(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares);
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new Run() {
            @Override
            public double loss(
                    List<? extends ModelInput> sequences,
                    List<Target> targets,
                    double[] vectors,
                    double total,
                    double[] gradient) {
                double sum = 0;
                for (int i = 0; i < targets.size(); i++) {
                    float[] teacher = ((Target.Embedding) targets.get(i)).teacher();
                    double norm = norm(teacher);
                    double cosine = 0;
                    for (int c = 0; c < width; c++) {
                        double unit = teacher[c] / norm;
                        cosine += vectors[i * width + c] * unit;
                        gradient[i * width + c] = -unit / total;
                    }
                    sum += (1 - cosine) / total;
                }
                return sum;
            }

            @Override
            public void close() {
                // No memory to free.
            }
        };
    }
}
