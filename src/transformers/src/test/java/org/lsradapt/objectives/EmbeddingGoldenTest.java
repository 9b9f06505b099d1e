package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Losses and gradients against those of sentence-transformers; {@code golden/embeddings.py} made them. */
@EveryProcessor
class EmbeddingGoldenTest {
    private static final Backend BACKEND = Backends.standard();

    static Stream<JsonNode> cases() throws IOException {
        try (InputStream in = EmbeddingGoldenTest.class.getResourceAsStream("/golden/embeddings.json")) {
            return StreamSupport.stream(
                    new ObjectMapper().readTree(in).get("cases").spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradient_ofHiddenStates_equalSentenceTransformers(JsonNode node) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            TransformerWeights weights = SmallModel.BERT.weights(type);
            Pooling pooling = node.get("pooling").asText().equals("cls") ? Pooling.CLS : Pooling.MEAN;
            EmbeddingObjective objective = new EmbeddingObjective(weights, pooling, true, loss(node), BACKEND);
            List<TokenSequence> texts = texts(node);
            List<Target> targets = targets(node);
            double[] expected = wanted(node, node.get("gradient"), objective.rows());
            INDArray hidden = Nd4j.createFromArray(wanted(node, node.get("hidden"), objective.rows()))
                    .reshape(-1, weights.model().width())
                    .castTo(type);
            try (Objective.Run run = objective.open(layer -> LayerUpdate.NONE)) {
                Objective.Part part =
                        run.loss(new Objective.Batch(texts, targets), hidden, objective.weight(texts, targets), true);
                double tolerance = type == DataType.FLOAT ? 1e-5 : 1e-7;
                assertEquals(node.get("loss").asDouble(), part.loss(), tolerance);
                double[] gradient =
                        part.gradient().dup('c').castTo(DataType.DOUBLE).data().asDouble();
                assertArrayEquals(expected, gradient, tolerance);
            }
        }
    }

    private static EmbeddingLoss loss(JsonNode node) {
        double temperature = node.get("temperature").asDouble();
        return switch (node.get("name").asText()) {
            case "cosine" -> EmbeddingLoss.cosine();
            case "cosent" -> EmbeddingLoss.cosent(EmbeddingLoss.SCALE);
            case "triplet" -> EmbeddingLoss.triplet(EmbeddingLoss.MARGIN);
            case "matryoshka" ->
                EmbeddingLoss.matryoshka(
                        EmbeddingLoss.contrast(temperature), List.of(12, 5, 3), List.of(1.0, 0.7, 1.3));
            case "matryoshka-cosent" ->
                EmbeddingLoss.matryoshka(EmbeddingLoss.cosent(EmbeddingLoss.SCALE), List.of(7, 2));
            case "symmetric" -> EmbeddingLoss.symmetricContrast(temperature);
            default -> EmbeddingLoss.contrast(temperature);
        };
    }

    /** Texts of which no two are equal. */
    private static List<TokenSequence> texts(JsonNode node) {
        List<TokenSequence> texts = new ArrayList<>();
        for (JsonNode length : node.get("lengths")) {
            int id = texts.size();
            texts.add(new TokenSequence(
                    IntStream.generate(() -> id).limit(length.intValue()).toArray(), new int[length.intValue()]));
        }
        return texts;
    }

    private static Target role(int column) {
        return switch (column) {
            case 0 -> Target.Role.ANCHOR;
            case 1 -> Target.Role.POSITIVE;
            default -> Target.Role.NEGATIVE;
        };
    }

    /** Roles in rows of an anchor, a positive and negatives, or scores of pairs. */
    private static List<Target> targets(JsonNode node) {
        int columns = node.get("columns").intValue();
        return IntStream.range(0, node.get("lengths").size())
                .<Target>mapToObj(i -> node.get("scores").isNull()
                        ? role(i % columns)
                        : new Target.Value(node.get("scores").get(i / columns).doubleValue()))
                .toList();
    }

    /** The numbers of the hidden states that are read. */
    private static double[] wanted(JsonNode node, JsonNode numbers, Rows rows) {
        int width = SmallModel.BERT.model().width();
        List<Double> wanted = new ArrayList<>();
        int token = 0;
        for (JsonNode length : node.get("lengths")) {
            int count = rows == Rows.FIRST ? 1 : length.intValue();
            for (int i = token * width; i < (token + count) * width; i++) {
                wanted.add(numbers.get(i).doubleValue());
            }
            token += length.intValue();
        }
        return wanted.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
