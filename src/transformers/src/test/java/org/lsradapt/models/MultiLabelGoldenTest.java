package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Several labels a text: loss and gradients of a whole model against transformers and PEFT, which {@code golden/labels.py} wrote. */
@EveryProcessor
class MultiLabelGoldenTest {
    private static final Backend BACKEND = Backends.standard();

    private static JsonNode golden(String part) throws IOException {
        try (InputStream in = MultiLabelGoldenTest.class.getResourceAsStream("/golden/labels.json")) {
            return new ObjectMapper().readTree(in).get(part);
        }
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static double[][] rows(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(MultiLabelGoldenTest::numbers)
                .toArray(double[][]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOUBLE", "FLOAT"})
    void modelsLossAndGradients_equalTransformersAndPeft(DataType type) throws IOException {
        GoldenCase bert = new GoldenCase("bert");
        JsonNode golden = golden("model");
        List<Target> own = Stream.of(rows(golden.get("targets")))
                .<Target>map(Target.Labels::new)
                .toList();
        double tolerance = type == DataType.DOUBLE ? 1e-9 : 1e-5;
        try (TransformerWeights weights = bert.weights(bert.model, type);
                SequenceHead head = bert.head(weights, true);
                AdapterSet adapters = bert.adapters(weights, BACKEND);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.multiLabel(head, Optional.empty(), BACKEND), BACKEND)) {
            for (int chunk : new int[] {0, 1, 3}) {
                model.chunkSize(chunk);
                assertEquals(
                        golden.get("loss").asDouble(), model.lossAndGradients(bert.sequences(false), own), tolerance);
                int compared = 0;
                for (LsrAdapter one : adapters.lsrAdapters()) {
                    String key = "base_model.model." + bert.family.path(bert.family.module(one.name()));
                    List<Parameter> factors = one.parameters();
                    assertClose(golden, key + ".lora_A.weight", factors.get(0).gradient(), tolerance);
                    assertClose(golden, key + ".lora_B.weight", factors.get(1).gradient(), tolerance);
                    compared += 2;
                }
                for (Parameter parameter : head.parameters()) {
                    if (parameter.name().startsWith("classifier.")) {
                        assertClose(golden, "base_model.model." + parameter.name(), parameter.gradient(), tolerance);
                        compared++;
                    }
                }
                assertEquals(golden.get("gradients").size(), compared);
            }
        }
    }

    private static void assertClose(JsonNode golden, String name, INDArray found, double tolerance) {
        JsonNode array = golden.get("gradients").get(name);
        INDArray expected = array.get(0).isArray()
                ? Nd4j.createFromArray(rows(array)).transpose()
                : Nd4j.createFromArray(numbers(array));
        INDArray difference = expected.sub(found.castTo(DataType.DOUBLE).reshape(expected.shape()));
        assertTrue(difference.amaxNumber().doubleValue() < 4 * tolerance, () -> name + ": " + difference);
    }
}
