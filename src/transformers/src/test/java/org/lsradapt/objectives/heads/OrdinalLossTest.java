package org.lsradapt.objectives.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Against torch and mpmath, which {@code golden/ordinal.py} wrote, and through a model. */
class OrdinalLossTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Backend BACKEND = Backends.standard();
    /** The golden file has 13 digits. */
    private static final double TOLERANCE = 1e-11;

    static Stream<JsonNode> losses() throws IOException {
        try (InputStream in = OrdinalLossTest.class.getResourceAsStream("/golden/ordinal.json")) {
            return StreamSupport.stream(JSON.readTree(in).get("losses").spliterator(), false);
        }
    }

    private static double[] numbers(JsonNode array) throws IOException {
        return JSON.treeToValue(array, double[].class);
    }

    /** Computed in two parts, whose gradients add up. */
    @ParameterizedTest
    @MethodSource("losses")
    void lossAndGradients_equalGolden(JsonNode golden) throws IOException {
        double[] parameters = numbers(golden.get("parameters"));
        double[] scores = numbers(golden.get("scores"));
        int[] classes = JSON.treeToValue(golden.get("targets"), int[].class);
        OrdinalLoss loss = new OrdinalLoss(
                parameters.length + 1,
                golden.get("weights").isNull() ? Optional.empty() : Optional.of(numbers(golden.get("weights"))));
        double total = loss.weight(Target.categories(classes));
        double value = 0;
        double[] ofScores = new double[scores.length];
        double[] ofParameters = new double[parameters.length];
        for (int from : new int[] {0, 4}) {
            int to = from == 0 ? 4 : scores.length;
            double[][] rows = IntStream.range(from, to)
                    .mapToObj(i -> new double[] {scores[i]})
                    .toArray(double[][]::new);
            double[][] gradients = new double[rows.length][1];
            value += loss.loss(
                    rows,
                    Target.categories(Arrays.copyOfRange(classes, from, to)),
                    total,
                    parameters,
                    gradients,
                    ofParameters);
            for (int i = from; i < to; i++) {
                ofScores[i] = gradients[i - from][0];
            }
        }
        assertEquals(golden.get("loss").asDouble(), value, TOLERANCE * value);
        assertArrayEquals(numbers(golden.get("score_gradient")), ofScores, TOLERANCE);
        assertArrayEquals(numbers(golden.get("parameter_gradient")), ofParameters, TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void probabilities_equalGolden(JsonNode golden) throws IOException {
        double[] thresholds = OrdinalThresholds.of(numbers(golden.get("parameters")));
        if (golden.has("thresholds")) {
            assertArrayEquals(numbers(golden.get("thresholds")), thresholds, TOLERANCE);
            for (int i = 0; i < golden.get("logs").size(); i++) {
                double[] logs = OrdinalThresholds.logProbabilities(
                        golden.get("scores").get(i).asDouble(), thresholds);
                // A difference of sigmoids keeps fewer digits than the logarithms.
                assertArrayEquals(numbers(golden.get("logs").get(i)), logs, 1e-9);
                assertEquals(1, DoubleStream.of(logs).map(Math::exp).sum(), 1e-12);
            }
        }
    }

    @Test
    void thresholds_stayInOrder_andComeBackFromTheirParameters() {
        double[] thresholds = {-3.7, -3.6999, 0.2, 41.5};
        assertArrayEquals(thresholds, OrdinalThresholds.of(OrdinalThresholds.parameters(thresholds)), 1e-12);
        double[] close = OrdinalThresholds.of(new double[] {5.3, -900, -80, 2});
        OrdinalThresholds.require(close);
        for (double score : new double[] {-1e6, 5.3, 1e6}) {
            assertTrue(
                    DoubleStream.of(OrdinalThresholds.logProbabilities(score, close))
                            .allMatch(Double::isFinite),
                    () -> "score " + score);
        }
    }

    @Test
    void thresholdsOfCounts_giveTheFrequencies() {
        double[] logs = OrdinalThresholds.logProbabilities(0, OrdinalThresholds.ofCounts(new int[] {3, 0, 12, 1}));
        assertArrayEquals(
                new double[] {0.2, 0.05, 0.65, 0.1},
                DoubleStream.of(logs).map(Math::exp).toArray(),
                1e-12);
    }

    @Test
    void gradients_ofAdaptersHeadAndThresholds_agreeWithCentralDifferences() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 2), BACKEND);
        Random random = new Random(3);
        for (long i = 0; i < adapters.parameterCount(); i++) {
            adapters.values().putScalar(i, 0.3 * random.nextGaussian());
        }
        List<TokenSequence> texts = IntStream.range(0, 5)
                .mapToObj(i -> new TokenSequence(new int[] {1, 2 + i, 3, 7 - i}, new int[] {0, 0, 1, 1}))
                .toList();
        List<Target> targets = Target.categories(0, 3, 1, 2, 1);
        try (SequenceHead head = new SequenceHead(weights, 1, 5)) {
            head.values().muli(20);
            OrdinalObjective objective = OrdinalObjective.of(head, new double[] {-0.7, 0.1, 1.9}, BACKEND)
                    .weighted(new double[] {1.3, 0.4, 2, 1});
            try (AdaptedModel model = new AdaptedModel(weights, adapters, objective, BACKEND)) {
                List<Parameter> blocks = new ArrayList<>(adapters.parameters());
                blocks.add(head.parameters().get(0));
                blocks.add(objective.trainable().get(1));
                CentralDifferences.assertAgree(blocks, () -> model.lossAndGradients(texts, targets));
                Parameter bias = head.parameters().get(head.parameters().size() - 1);
                assertEquals(
                        0, bias.gradient().amaxNumber().doubleValue(), "the thresholds take the place of the bias");
            }
        }
    }

    @Test
    void whatDoesNotFit_isRefused() {
        OrdinalLoss loss = new OrdinalLoss(3, Optional.empty());
        refused("training step: class 3, expected one of 3, numbered from 0", () -> loss.weight(Target.categories(3)));
        refused(
                "training step: the target of sequence 0 is a number (Value[value=1.0]), expected a class",
                () -> loss.weight(Target.values(1)));
        refused(
                "class weights: [1.0, 0.0], expected a finite positive number for each of 2 classes",
                () -> new OrdinalLoss(2, Optional.of(new double[] {1, 0})));
        refused(
                "thresholds [0.5, 0.5] of ordered classes, expected finite numbers that rise",
                () -> OrdinalThresholds.require(new double[] {0.5, 0.5}));
        try (SequenceHead head = new SequenceHead(SmallModel.BERT.weights(DataType.FLOAT), 2, 5)) {
            refused(
                    "ordered classes: the head has 2 outputs, expected 1",
                    () -> OrdinalObjective.of(head, new double[] {0}, BACKEND));
        }
    }

    private static void refused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }
}
