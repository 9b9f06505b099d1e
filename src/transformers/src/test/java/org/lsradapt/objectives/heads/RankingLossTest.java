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
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Losses and gradients against those of sentence-transformers, which {@code golden/rerankers.py} wrote, and through a model. */
class RankingLossTest {
    private static final Backend BACKEND = Backends.standard();
    /** The golden files have 12 digits. */
    private static final double TOLERANCE = 1e-10;

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = RankingLossTest.class.getResourceAsStream("/golden/rerankers.json")) {
            return StreamSupport.stream(
                    new ObjectMapper().readTree(in).get("cases").spliterator(), false);
        }
    }

    private static RankingLoss loss(String name) {
        return switch (name) {
            case "binary" -> RankingLoss.binary();
            case "listwise" -> RankingLoss.listwise();
            default -> RankingLoss.margin();
        };
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static List<Target> targets(RankingLoss loss, JsonNode known) {
        return StreamSupport.stream(known.spliterator(), false)
                .flatMap(query -> loss.targets(numbers(query)).stream())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradient_ofScores_equalSentenceTransformers(JsonNode node) {
        RankingLoss loss = loss(node.get("loss").asText());
        List<Target> targets = targets(loss, node.get("known"));
        double[][] scores = rows(numbers(node.get("scores")));
        double[][] gradients = new double[scores.length][1];
        double value = loss.loss(scores, targets, loss.weight(targets), gradients);
        assertEquals(node.get("value").asDouble(), value, TOLERANCE);
        assertArrayEquals(
                numbers(node.get("gradient")),
                Stream.of(gradients).mapToDouble(row -> row[0]).toArray(),
                TOLERANCE);
    }

    private static double[][] rows(double[] numbers) {
        return Arrays.stream(numbers).mapToObj(number -> new double[] {number}).toArray(double[][]::new);
    }

    @ParameterizedTest
    @CsvSource({"binary, 0, 1, 0.5", "listwise, 0, 2, 1", "margin, 3.7, -1.9, 0.3"})
    void gradients_ofAdaptersAndHead_agreeWithCentralDifferences(String name, double a, double b, double c) {
        RankingLoss loss = loss(name);
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 2), BACKEND);
        Random random = new Random(3);
        for (long i = 0; i < adapters.parameterCount(); i++) {
            adapters.values().putScalar(i, 0.3 * random.nextGaussian());
        }
        List<TokenSequence> passages = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            passages.add(new TokenSequence(new int[] {1, 2 + i, 3, 7 - i}, new int[] {0, 0, 1, 1}));
        }
        List<Target> targets = Stream.of(loss.targets(new double[] {a, b, c}), loss.targets(new double[] {b, a}))
                .flatMap(List::stream)
                .toList();
        try (SequenceHead head = new SequenceHead(weights, 1, 5);
                AdaptedModel model =
                        new AdaptedModel(weights, adapters, SequenceObjective.ranking(head, loss, BACKEND), BACKEND)) {
            CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(passages, targets));
        }
    }

    @Test
    void targets_ofNoUse_areRefused() {
        assertTrue(message(() -> RankingLoss.binary().targets(new double[] {0, 3}))
                .contains("from 0 to 1"));
        assertTrue(message(() -> RankingLoss.listwise().targets(new double[] {0, -1}))
                .contains("a grade from 0"));
        assertTrue(message(() -> RankingLoss.listwise().targets(new double[] {1, 1}))
                .contains("two different"));
        assertTrue(message(() -> RankingLoss.margin().targets(new double[] {Double.NaN, 1}))
                .contains("teacher's score"));
        assertTrue(message(() -> RankingLoss.margin().targets(new double[] {1})).contains("at least 2"));
        assertTrue(message(() -> RankingLoss.listwise().weight(List.of(new Target.Passage(1, false))))
                .contains("continues a query"));
        assertTrue(message(() -> RankingLoss.listwise().weight(Target.values(1, 0)))
                .contains("is a number (Value[value=1.0]), expected a passage of a query"));
    }

    @Test
    void largeScores_giveFiniteLosses() {
        double[][] scores = {{900}, {-900}};
        double[][] gradients = new double[2][1];
        RankingLoss listwise = RankingLoss.listwise();
        List<Target> wrong = listwise.targets(new double[] {0, 1});
        assertTrue(Double.isFinite(listwise.loss(scores, wrong, 1, gradients)));
        assertTrue(gradients[0][0] > 0 && gradients[1][0] < 0);
        assertEquals(900, RankingLoss.binary().loss(scores, Target.values(0, 1), 2, gradients), 1e-9);
    }

    private static String message(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }
}
