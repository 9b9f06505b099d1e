package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against values that NumPy computed from dense matrices; {@code golden/numerics.py} made them. */
class GoldenValuesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void numerics_equalNumPys() throws IOException {
        JsonNode cases;
        try (InputStream in = GoldenValuesTest.class.getResourceAsStream("/golden/numerics.json")) {
            cases = JSON.readTree(in);
        }
        assertEquals(4, cases.size());
        for (JsonNode node : cases) {
            double[] weights = JSON.convertValue(node.get("weights"), double[].class);
            KroneckerSum sum = KroneckerSum.of(
                    List.of(factor(node.get("a")), factor(node.get("b"))),
                    weights == null ? null : Nd4j.createFromArray(weights));
            double norm = node.get("norm_f").asDouble();
            ConditionNumber gamma = ConditionNumber.of(sum);
            assertEquals(norm, gamma.normF(), 1e-12 * norm);
            assertEquals(node.get("condition_number").asDouble(), gamma.value(), 1e-12);
            for (int kept = 1; kept < sum.separationRank(); kept++) {
                double error = node.get("nearest_sum_errors").get(kept - 1).asDouble();
                assertEquals(error, NearestSum.ofSum(sum, kept).error(), 1e-12 * norm, sum.describe());
            }
            double[] sigma = SingularValues.of(sum.materialize()).sigma();
            for (int i = 0; i < sigma.length; i++) {
                assertEquals(node.get("matrix_singular_values").get(i).asDouble(), sigma[i], 1e-12 * norm);
            }
        }
    }

    private static INDArray factor(JsonNode node) {
        return Nd4j.createFromArray(JSON.convertValue(node, double[][][].class));
    }
}
