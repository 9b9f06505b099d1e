package org.lsradapt.objectives.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.objectives.Target;

/** Against torch, which {@code golden/teacher.py} wrote. */
class DistillationLossTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static double[][] rows(JsonNode array) throws IOException {
        return JSON.treeToValue(array, double[][].class);
    }

    /** In two batches, with logits far out among them. */
    @Test
    void lossAndGradientOfOutputs_equalTorch() throws IOException {
        try (InputStream in = DistillationLossTest.class.getResourceAsStream("/golden/teacher.json")) {
            for (JsonNode golden : JSON.readTree(in).get("losses")) {
                double[][] outputs = rows(golden.get("outputs"));
                double[][] expected = rows(golden.get("gradient"));
                int[] classes = JSON.treeToValue(golden.get("classes"), int[].class);
                double[][] teacher = rows(golden.get("teacher"));
                DistillationLoss loss = new DistillationLoss(
                        4,
                        golden.get("share").asDouble(),
                        golden.get("temperature").asDouble());
                double value = 0;
                for (int[] batch : new int[][] {{4, 0, 2}, {5, 1, 3}}) {
                    List<Target> targets = IntStream.of(batch)
                            .<Target>mapToObj(i -> new Target.Distilled(classes[i], teacher[i]))
                            .toList();
                    assertEquals(3, loss.weight(targets));
                    double[][] given =
                            IntStream.of(batch).mapToObj(i -> outputs[i]).toArray(double[][]::new);
                    double[][] gradients = new double[3][4];
                    value += loss.loss(given, targets, outputs.length, gradients);
                    for (int i = 0; i < batch.length; i++) {
                        assertArrayEquals(expected[batch[i]], gradients[i], 1e-12);
                    }
                }
                assertEquals(golden.get("loss").asDouble(), value, 1e-12 * Math.abs(value));
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        DistillationLoss loss = new DistillationLoss(3, 1, 1);
        refused(
                "training step: the target of sequence 0 is a class (Category[index=2]), expected a class with a teacher's"
                        + " outputs",
                () -> loss.weight(Target.categories(2)));
        refused(
                "teacher: the outputs [1.0, 2.0], expected 3 finite numbers",
                () -> loss.weight(List.of(new Target.Distilled(0, new double[] {1, 2}))));
        refused(
                "training step: class 3, expected one of 3, numbered from 0",
                () -> loss.weight(List.of(new Target.Distilled(3, new double[3]))));
        refused("teacher's share 0.0: expected above 0, up to 1", () -> new DistillationLoss(2, 0, 1));
        refused("temperature -1.0: expected a finite positive number", () -> new DistillationLoss(2, 1, -1));
    }

    private static void refused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
