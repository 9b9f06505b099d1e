package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.LabelledText;
import org.lsradapt.families.Families;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.classification.TextRegressor;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Smoothed labels, against torch, transformers' Trainer and PEFT, which {@code golden/smoothing.py} wrote. */
@EveryProcessor
class SmoothingGoldenTest {
    private static final Backend BACKEND = Backends.standard();

    private static JsonNode golden(String part) throws IOException {
        try (InputStream in = SmoothingGoldenTest.class.getResourceAsStream("/golden/smoothing.json")) {
            return new ObjectMapper().readTree(in).get(part);
        }
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    /** A head whose bias alone is not 0, on states of 1s and 0s, gives any scores, so that the loss is looked at by itself. */
    @Test
    void classes_equalTorchAndTheTrainer() throws IOException {
        for (JsonNode golden : golden("classes")) {
            double smoothing = golden.get("smoothing").asDouble();
            double[] labels = numbers(golden.get("labels"));
            boolean ignoring = Arrays.stream(labels).anyMatch(label -> label < 0);
            double loss = 0;
            double weight = 0;
            try (TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
                    SequenceHead head = new SequenceHead(
                            weights,
                            ignoring
                                    ? Families.named("bert").tokenHead(weights.model())
                                    : weights.model().head(),
                            4,
                            1)) {
                for (int i = 0; i < labels.length; i++) {
                    Parameter bias = head.parameters().get(head.parameters().size() - 1);
                    head.values().assign(0);
                    bias.value()
                            .assign(Nd4j.createFromArray(
                                    numbers(golden.get("scores").get(i))));
                    double own = 1;
                    double found;
                    TokenSequence sequence = new TokenSequence(new int[] {1}, new int[1]);
                    if (ignoring) {
                        int label = labels[i] < 0 ? TokenSequence.UNLABELLED : (int) labels[i];
                        own = label == TokenSequence.UNLABELLED ? 0 : 1;
                        sequence = new TokenSequence(
                                new int[] {1, 2}, new int[2], 1, new int[] {TokenSequence.UNLABELLED, label});
                        try (AdaptedModel model = new AdaptedModel(
                                weights, Optional.empty(), new TokenObjective(head, smoothing, BACKEND), BACKEND)) {
                            found = own == 0
                                    ? 0
                                    : model.lossAndGradients(List.of(sequence), Collections.nCopies(1, Target.OWN));
                        }
                    } else {
                        SequenceObjective objective = golden.get("weights").isNull()
                                ? SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND)
                                : SequenceObjective.weighted(head, numbers(golden.get("weights")), BACKEND);
                        own = golden.get("weights").isNull()
                                ? 1
                                : golden.get("weights").get((int) labels[i]).asDouble();
                        try (AdaptedModel model =
                                new AdaptedModel(weights, Optional.empty(), objective.smoothed(smoothing), BACKEND)) {
                            found = model.lossAndGradients(List.of(sequence), Target.categories((int) labels[i]));
                        }
                    }
                    loss += own * found;
                    weight += own;
                    if (own > 0) {
                        // The whole's gradient is divided by the sum of weights, each part's by its own.
                        double total = totalWeight(golden);
                        double[] expected = numbers(golden.get("gradient").get(i));
                        double[] actual = bias.gradient().toDoubleVector();
                        for (int c = 0; c < 4; c++) {
                            actual[c] *= own / total;
                        }
                        assertArrayEquals(expected, actual, 1e-10, "row " + i);
                    }
                }
            }
            assertEquals(golden.get("loss").asDouble(), loss / weight, 1e-10);
        }
    }

    private static double totalWeight(JsonNode golden) {
        double total = 0;
        for (JsonNode label : golden.get("labels")) {
            total += label.asInt() < 0
                    ? 0
                    : golden.get("weights").isNull()
                            ? 1
                            : golden.get("weights").get(label.asInt()).asDouble();
        }
        return total;
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOUBLE", "FLOAT"})
    void languageModel_equalsTheTrainer(DataType type) throws IOException {
        GoldenCase llama = new GoldenCase("llama");
        double tolerance = type == DataType.DOUBLE ? 1e-9 : 2e-5;
        List<TokenSequence> sequences = llama.sequences(false).stream()
                .filter(sequence -> sequence.length() > 1)
                .toList();
        List<Target> none = Collections.nCopies(sequences.size(), Target.OWN);
        try (TransformerWeights weights = llama.weights(llama.model, type);
                AdapterSet adapters = llama.adapters(weights, BACKEND)) {
            double[][] outputs = new double[0][];
            for (JsonNode golden : golden("language_model")) {
                double smoothing = golden.get("smoothing").asDouble();
                try (AdaptedModel model = new AdaptedModel(
                        weights, adapters, new NextTokenObjective(weights, smoothing, BACKEND), BACKEND)) {
                    assertEquals(golden.get("loss").asDouble(), model.lossAndGradients(sequences, none), tolerance);
                    int compared = 0;
                    for (LsrAdapter one : adapters.lsrAdapters()) {
                        String key = "base_model.model." + llama.family.path(llama.family.module(one.name()));
                        for (int side = 0; side < 2; side++) {
                            JsonNode expected = golden.get("gradients")
                                    .get(key + (side == 0 ? ".lora_A.weight" : ".lora_B.weight"));
                            if (expected != null) {
                                assertClose(expected, one.parameters().get(side).gradient(), 4 * tolerance);
                                compared++;
                            }
                        }
                    }
                    assertEquals(golden.get("gradients").size(), compared);
                    double[][] now = model.predict(sequences);
                    if (outputs.length > 0) {
                        assertArrayEquals(outputs[0], now[0], "what is measured is not smoothed");
                    }
                    outputs = now;
                }
            }
        }
    }

    private static void assertClose(JsonNode rows, INDArray found, double tolerance) {
        INDArray expected = Nd4j.createFromArray(StreamSupport.stream(rows.spliterator(), false)
                        .map(SmoothingGoldenTest::numbers)
                        .toArray(double[][]::new))
                .transpose();
        INDArray difference = expected.sub(found.castTo(DataType.DOUBLE).reshape(expected.shape()));
        assertTrue(difference.amaxNumber().doubleValue() < tolerance, difference::toString);
    }

    @Test
    void classifiersGradients_agreeWithCentralDifferences() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 2), BACKEND);
        List<TokenSequence> texts = List.of(
                new TokenSequence(new int[] {1, 2, 3}, new int[3]), new TokenSequence(new int[] {4, 2}, new int[2]));
        try (SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        adapters,
                        SequenceObjective.weighted(head, new double[] {0.3, 1.7, 1}, BACKEND)
                                .smoothed(0.15),
                        BACKEND)) {
            CentralDifferences.assertAgree(
                    model.trainable(), () -> model.lossAndGradients(texts, Target.categories(2, 1)));
        }
    }

    @Test
    void smoothing_trainsClassifiers_andIsRefusedElsewhere() throws IOException {
        try (TextClassifier classifier = TextClassifier.on(Samples.model("bert"))
                .config(Samples.quick().labelSmoothing(0.1).epochs(1).build())
                .train(Samples.weather(12), Samples.weather(6))) {
            assertEquals(2, classifier.labels().size());
        }
        List<LabelledText> numbers =
                List.of(LabelledText.of("the sun", 1), LabelledText.of("the rain", 0), LabelledText.of("a smile", 0.5));
        assertEquals(
                "label smoothing is 0.1, but the objective (SQUARED_ERROR) has 0.0; expected an objective of classes, tokens or next"
                        + " tokens that was made with the same",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TextRegressor.on(Samples.model("bert"))
                                        .config(Samples.quick()
                                                .labelSmoothing(0.1)
                                                .build())
                                        .train(numbers, numbers))
                        .getMessage());
        assertEquals(
                "label smoothing is 1.0, expected >= 0 and < 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Samples.quick().labelSmoothing(1).build())
                        .getMessage());
    }
}
