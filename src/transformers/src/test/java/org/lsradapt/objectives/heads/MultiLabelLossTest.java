package org.lsradapt.objectives.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.objectives.Target;

/** Against torch's BCEWithLogitsLoss, which {@code golden/labels.py} wrote. */
class MultiLabelLossTest {

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static double[][] rows(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(MultiLabelLossTest::numbers)
                .toArray(double[][]::new);
    }

    /** Scores far out, where a naive formula overflows, are among them. */
    @Test
    void lossAndGradientOfScores_equalTorch() throws IOException {
        try (InputStream in = MultiLabelLossTest.class.getResourceAsStream("/golden/labels.json")) {
            for (JsonNode golden : new ObjectMapper().readTree(in).get("losses")) {
                double[][] targets = rows(golden.get("targets"));
                double[][] scores = rows(golden.get("scores"));
                double[][] expected = rows(golden.get("gradient"));
                Optional<double[]> weights =
                        golden.get("weights").isNull() ? Optional.empty() : Optional.of(numbers(golden.get("weights")));
                MultiLabelLoss loss = new MultiLabelLoss(targets[0].length, weights);
                List<Target> own =
                        Stream.of(targets).<Target>map(Target.Labels::new).toList();
                double[][] gradients = new double[targets.length][targets[0].length];
                double value = loss.loss(scores, own, loss.weight(own), gradients);
                assertEquals(golden.get("loss").asDouble(), value, 1e-10);
                for (int i = 0; i < targets.length; i++) {
                    assertArrayEquals(expected[i], gradients[i], 1e-11);
                }
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        MultiLabelLoss loss = new MultiLabelLoss(2, Optional.empty());
        assertEquals(
                "training step: the target of sequence 0 is a class (Category[index=1]), expected a set of labels",
                message(() -> loss.weight(Target.categories(1))));
        assertEquals(
                "binary cross-entropy: the targets [1.0], expected 2 numbers from 0 to 1",
                message(() -> loss.weight(List.of(new Target.Labels(new double[] {1})))));
        assertTrue(message(() -> loss.weight(List.of(new Target.Labels(new double[] {1, 1.5}))))
                .contains("from 0 to 1"));
        assertTrue(message(() -> new MultiLabelLoss(2, Optional.of(new double[] {1, 0})))
                .startsWith("positive weights: [1.0, 0.0], expected a finite positive number for each of 2 labels"));
    }

    private static String message(Executable use) {
        return assertThrows(IllegalArgumentException.class, use).getMessage();
    }
}
