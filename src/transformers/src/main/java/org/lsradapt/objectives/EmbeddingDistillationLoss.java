package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** See {@link EmbeddingLoss#distillation}. */
final class EmbeddingDistillationLoss extends EmbeddingLoss {

    EmbeddingDistillationLoss() {
        super("a teacher's embeddings");
    }

    @Override
    double weight(List<Target> targets) {
        List<Target.Embedding> embeddings = Target.require(Target.Embedding.class, targets);
        for (int i = 0; i < embeddings.size(); i++) {
            int numbers = embeddings.get(i).teacher().length;
            double norm = norm(embeddings.get(i).teacher());
            Require.argument(
                    numbers == embeddings.get(0).teacher().length && norm > 0 && Double.isFinite(norm),
                    "teacher: embedding %d has %d numbers and the norm %s, expected %d numbers and a positive norm",
                    i,
                    numbers,
                    norm,
                    embeddings.get(0).teacher().length);
        }
        return embeddings.size();
    }

    private static double norm(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares);
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        int width = units.width();
        double sum = 0;
        for (int i = 0; i < batch.targets().size(); i++) {
            float[] teacher = ((Target.Embedding) batch.targets().get(i)).teacher();
            double norm = norm(teacher);
            double cosine = 0;
            for (int c = 0; c < width; c++) {
                double unit = teacher[c] / norm;
                cosine += units.rows()[i * width + c] * unit;
                gradient[i * width + c] = -unit / total;
            }
            sum += (1 - cosine) / total;
        }
        return sum;
    }
}
