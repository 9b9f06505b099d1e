package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

class EmbeddingDistillationLossTest {
    private static final List<Target> TEACHER =
            List.of(new Target.Embedding(new float[] {3, 4}), new Target.Embedding(new float[] {0, -2}));

    /** Of two texts, by the definition: 1 − (0.6·0.8 + 0.8·0.6) and 1 − (−1·0). */
    @Test
    void loss_isTheMeanDistanceOfUnitVectors() {
        EmbeddingLoss loss = EmbeddingLoss.distillation();
        double[] units = {0.8, 0.6, 1, 0};
        UnitVectors vectors = new UnitVectors(units, new double[] {1, 1}, 2);
        Objective.Batch batch = new Objective.Batch(List.of(), TEACHER);
        double[] gradient = new double[4];
        assertEquals(2, loss.weight(TEACHER));
        try (EmbeddingLoss.Run run = loss.open(2, DataType.DOUBLE, Backends.standard())) {
            assertEquals((0.04 + 1) / 2, run.loss(batch, vectors, 2, gradient), 1e-7);
            double[] before = units.clone();
            for (int i = 0; i < units.length; i++) {
                double step = 1e-3;
                units[i] = before[i] + step;
                double above = run.loss(batch, vectors, 2, new double[4]);
                units[i] = before[i] - step;
                double below = run.loss(batch, vectors, 2, new double[4]);
                units[i] = before[i];
                assertEquals((above - below) / (2 * step), gradient[i], 1e-9);
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        EmbeddingLoss loss = EmbeddingLoss.distillation();
        refused(
                "training step: the target of sequence 0 is a class (Category[index=2]), expected a teacher's embedding",
                () -> loss.weight(Target.categories(2)));
        refused(
                "teacher: embedding 1 has 2 numbers and the norm 0.0, expected 2 numbers and a positive norm",
                () -> loss.weight(
                        List.of(new Target.Embedding(new float[] {1, 0}), new Target.Embedding(new float[2]))));
        EmbeddingObjective objective = new EmbeddingObjective(
                SmallModel.BERT.weights(DataType.FLOAT), Pooling.MEAN, true, loss, Backends.standard());
        TokenSequence text = new TokenSequence(new int[] {1}, new int[1]);
        refused(
                "teacher: embeddings of 2 numbers, expected the model's 12",
                () -> objective.weight(List.of(text, text), TEACHER));
    }

    private static void refused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
