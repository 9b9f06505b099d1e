package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;

class TaughtEmbeddingsTest {
    private static final float[][] TEACHER = {{3, 4}, {0, -2}, {-1, 1}};

    /** Of two texts, by the definition: 1 − (0.6·0.8 + 0.8·0.6) and 1 − (−1·0). */
    @Test
    void loss_isTheMeanDistanceOfUnitVectors() {
        EmbeddingLoss loss = EmbeddingLoss.taught(TEACHER);
        double[] labels = {0, 1};
        double[] units = {0.8, 0.6, 1, 0};
        double[] gradient = new double[4];
        assertEquals(2, loss.weight(labels));
        try (EmbeddingLoss.Run run = loss.open(2, DataType.DOUBLE, Backends.standard())) {
            assertEquals((0.04 + 1) / 2, run.loss(List.of(), labels, units, 2, gradient), 1e-7);
            double[] before = units.clone();
            for (int i = 0; i < units.length; i++) {
                double step = 1e-3;
                units[i] = before[i] + step;
                double above = run.loss(List.of(), labels, units, 2, new double[4]);
                units[i] = before[i] - step;
                double below = run.loss(List.of(), labels, units, 2, new double[4]);
                units[i] = before[i];
                assertEquals((above - below) / (2 * step), gradient[i], 1e-9);
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        EmbeddingLoss loss = EmbeddingLoss.taught(TEACHER);
        refused(
                "embedding loss: label 3.0 of text 1, expected the index of an embedding from 0 to 2",
                () -> loss.weight(new double[] {2, 3}));
        refused("teacher: embeddings of 2 numbers, expected the model's 3", () -> loss.requireWidth(3));
        refused("teacher: no embeddings, expected at least one", () -> EmbeddingLoss.taught(new float[0][]));
        refused(
                "teacher: embedding 1 has 2 numbers and the norm 0.0, expected 2 numbers and a positive norm",
                () -> EmbeddingLoss.taught(new float[][] {{1, 0}, {0, 0}}));
    }

    private static void refused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
