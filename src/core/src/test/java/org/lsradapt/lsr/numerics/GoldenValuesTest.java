package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against values that NumPy computed from dense matrices; {@code golden/numerics.py} made them. */
@EveryProcessor
class GoldenValuesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode golden(String name) throws IOException {
        try (InputStream in = GoldenValuesTest.class.getResourceAsStream("/golden/numerics.json")) {
            return JSON.readTree(in).get(name);
        }
    }

    @Test
    void numerics_equalNumPys() throws IOException {
        JsonNode cases = golden("sums");
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

    @Test
    void conversionOfLora_plainError_equalsNumPys() throws IOException {
        JsonNode lora = golden("lora");
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(4)
                .separationRank(lora.get("s").intValue())
                .inFactors(List.of(4, 3))
                .outFactors(List.of(5, 2))
                .build();
        LoraConversion conversion = LoraConversion.of(
                matrix(lora.get("a")), matrix(lora.get("b")), config, LoraConversion.Settings.DEFAULTS);
        assertEquals(lora.get("plain_error").doubleValue(), conversion.plainError(), 1e-12);
    }

    @Test
    void factorSplits_equalNumPys() throws IOException {
        JsonNode golden = golden("splits");
        List<FactorSplits.Split> splits = FactorSplits.of(matrix(golden.get("matrix")))
                .within(golden.get("budget").longValue());
        assertEquals(golden.get("splits").size(), splits.size());
        for (JsonNode node : golden.get("splits")) {
            FactorSplits.Split split = splits.stream()
                    .filter(s -> s.rows1() == node.get("rows1").intValue()
                            && s.cols1() == node.get("cols1").intValue())
                    .findFirst()
                    .orElseThrow();
            assertEquals(node.get("terms").intValue(), split.terms());
            assertEquals(node.get("error").doubleValue(), split.relativeError(), 1e-12);
        }
    }

    @Test
    void alternatingLeastSquares_findsNumPysSumOfThreeFactors() throws IOException {
        JsonNode golden = golden("three_factors");
        AlternatingLeastSquares fit = AlternatingLeastSquares.ofMatrix(
                matrix(golden.get("matrix")),
                JSON.convertValue(golden.get("rows"), new TypeReference<List<Integer>>() {}),
                JSON.convertValue(golden.get("cols"), new TypeReference<List<Integer>>() {}),
                golden.get("terms").intValue(),
                AlternatingLeastSquares.Settings.DEFAULTS);
        assertEquals(0, fit.relativeError(), 1e-6);
        assertEquals(0, relativeError(matrix(golden.get("matrix")), fit.sum().materialize()), 1e-6);
    }

    private static INDArray matrix(JsonNode node) {
        return Nd4j.createFromArray(JSON.convertValue(node, double[][].class));
    }

    private static INDArray factor(JsonNode node) {
        return Nd4j.createFromArray(JSON.convertValue(node, double[][][].class));
    }
}
