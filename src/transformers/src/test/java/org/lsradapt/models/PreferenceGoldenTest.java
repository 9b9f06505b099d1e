package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.language.PreferenceLoss;
import org.lsradapt.objectives.language.PreferenceObjective;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DPO and ORPO, against torch, transformers and PEFT, which {@code golden/preferences.py} wrote, and central differences. */
class PreferenceGoldenTest {
    private static final Backend BACKEND = Backends.standard();

    private static JsonNode golden(String part) throws IOException {
        try (InputStream in = PreferenceGoldenTest.class.getResourceAsStream("/golden/preferences.json")) {
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
                .map(PreferenceGoldenTest::numbers)
                .toArray(double[][]::new);
    }

    private static PreferenceLoss loss(JsonNode golden) {
        double beta = golden.get("beta").asDouble();
        PreferenceLoss loss =
                golden.get("loss").asText().equals("dpo") ? PreferenceLoss.dpo(beta) : PreferenceLoss.orpo(beta);
        return loss.smoothed(golden.get("smoothing").asDouble());
    }

    @Test
    void lossesAndGradients_ofSums_equalTorch() throws IOException {
        for (JsonNode golden : golden("sums")) {
            PreferenceLoss loss = loss(golden);
            double[][] lengths = rows(golden.get("lengths"));
            double[][] reference = rows(golden.get("reference"));
            for (int i = 0; i < lengths.length; i++) {
                double[] chosen = {-golden.get("chosen").get(i).asDouble(), lengths[i][0]};
                double[] rejected = {-golden.get("rejected").get(i).asDouble(), lengths[i][1]};
                PreferenceLoss.Pair pair = loss.of(chosen, rejected, reference[i]);
                assertClose(golden.get("values").get(i).asDouble(), pair.loss());
                assertClose(golden.get("margins").get(i).asDouble(), pair.margin());
                // Torch's derivatives are by log-probabilities, these by their negatives.
                assertClose(-golden.get("by_chosen").get(i).asDouble(), pair.byChosen());
                assertClose(-golden.get("by_rejected").get(i).asDouble(), pair.byRejected());
            }
        }
    }

    /** The golden file has 12 digits. */
    private static void assertClose(double expected, double found) {
        assertEquals(expected, found, 1e-10 * Math.max(1, Math.abs(expected)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOUBLE", "FLOAT"})
    void languageModel_equalsTransformersAndPeft(DataType type) throws IOException {
        GoldenCase llama = new GoldenCase("llama");
        double tolerance = type == DataType.DOUBLE ? 1e-9 : 2e-5;
        try (TransformerWeights weights = llama.weights(llama.model, type);
                AdapterSet adapters = llama.adapters(weights, BACKEND)) {
            for (JsonNode golden : golden("language_model")) {
                PreferenceLoss loss = loss(golden);
                List<TokenSequence> answers = new ArrayList<>();
                golden.get("pairs").forEach(pair -> pair.forEach(side -> answers.add(sequence(side))));
                double[][] reference = rows(golden.get("reference"));
                List<Target> targets = new ArrayList<>();
                for (double[] known : reference) {
                    targets.addAll(pair(loss.hasReference() ? known : new double[0]));
                }
                PreferenceObjective objective = new PreferenceObjective(weights, loss, BACKEND);
                try (AdaptedModel off = new AdaptedModel(weights, Optional.empty(), objective, BACKEND);
                        AdaptedModel model = new AdaptedModel(weights, adapters, objective, BACKEND)) {
                    double[][] plain = off.predict(answers);
                    double[][] outputs = model.predict(answers);
                    for (int i = 0; i < reference.length; i++) {
                        assertEquals(reference[i][0], -plain[2 * i][0], 20 * tolerance);
                        assertEquals(reference[i][1], -plain[2 * i + 1][0], 20 * tolerance);
                        assertEquals(
                                golden.get("margins").get(i).asDouble(),
                                loss.of(outputs[2 * i], outputs[2 * i + 1], reference[i])
                                        .margin(),
                                20 * tolerance);
                    }
                    assertEquals(golden.get("value").asDouble(), model.lossAndGradients(answers, targets), tolerance);
                    assertGradients(llama, adapters, golden.get("gradients"), 4 * tolerance);
                }
            }
        }
    }

    private static void assertGradients(GoldenCase llama, AdapterSet adapters, JsonNode gradients, double tolerance) {
        int compared = 0;
        for (LsrAdapter one : adapters.lsrAdapters()) {
            String key = "base_model.model." + llama.family.path(llama.family.module(one.name()));
            for (int side = 0; side < 2; side++) {
                JsonNode expected = gradients.get(key + (side == 0 ? ".lora_A.weight" : ".lora_B.weight"));
                if (expected != null) {
                    INDArray found = one.parameters().get(side).gradient();
                    INDArray wanted = Nd4j.createFromArray(rows(expected)).transpose();
                    INDArray difference =
                            wanted.sub(found.castTo(DataType.DOUBLE).reshape(wanted.shape()));
                    assertTrue(difference.amaxNumber().doubleValue() < tolerance, difference::toString);
                    compared++;
                }
            }
        }
        assertEquals(gradients.size(), compared);
    }

    private static TokenSequence sequence(JsonNode side) {
        int[] ids = StreamSupport.stream(side.get("ids").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        return new TokenSequence(ids, new int[ids.length], side.get("given").asInt());
    }

    @ParameterizedTest
    @CsvSource({"LLAMA, true", "LLAMA, false", "GEMMA2, true", "GEMMA2, false"})
    void gradients_ofAdapters_agreeWithCentralDifferences(SmallModel family, boolean dpo) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), LsrConfig.lora(2, 2), BACKEND);
        Random random = new Random(3);
        for (long i = 0; i < adapters.parameterCount(); i++) {
            adapters.values().putScalar(i, 0.3 * random.nextGaussian());
        }
        List<TokenSequence> answers =
                List.of(answer(2, 1, 2, 3, 4, 5), answer(2, 1, 2, 6), answer(1, 4, 4), answer(1, 4, 7, 1, 2));
        PreferenceLoss loss = dpo ? PreferenceLoss.dpo(0.7).smoothed(0.1) : PreferenceLoss.orpo(0.9);
        List<Target> targets = new ArrayList<>(pair(dpo ? new double[] {-2.7, -9.4} : new double[0]));
        targets.addAll(pair(dpo ? new double[] {-8.1, -5.3} : new double[0]));
        try (AdaptedModel model =
                new AdaptedModel(weights, adapters, new PreferenceObjective(weights, loss, BACKEND), BACKEND)) {
            CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(answers, targets));
        }
    }

    private static List<Target> pair(double... reference) {
        return TrainingExample.preference(answer(1, 1, 2), answer(1, 1, 3), reference)
                .targets();
    }

    private static TokenSequence answer(int given, int... ids) {
        return new TokenSequence(ids, new int[ids.length], given);
    }

    @Test
    void certainAnswers_haveFiniteLosses() {
        PreferenceLoss.Pair pair = PreferenceLoss.orpo(0.5).of(new double[] {0, 3}, new double[] {0, 2}, new double[0]);
        assertTrue(Double.isFinite(pair.loss()) && Double.isFinite(pair.byChosen()));
        assertTrue(pair.byChosen() > 0 && pair.byRejected() < 0);
    }

    @Test
    void whatDoesNotFit_isRefused() {
        assertRefused("beta is 0.0, expected a finite positive number", () -> PreferenceLoss.dpo(0));
        assertRefused(
                "the loss is ORPO, beta 0.1, expected DPO",
                () -> PreferenceLoss.orpo(0.1).smoothed(0.2));
        TransformerWeights llama = SmallModel.LLAMA.weights(DataType.DOUBLE);
        PreferenceLoss dpo = PreferenceLoss.dpo(0.1);
        assertRefused(
                "not a causal language model",
                () -> new PreferenceObjective(SmallModel.BERT.weights(DataType.DOUBLE), dpo, BACKEND));
        PreferenceObjective objective = new PreferenceObjective(llama, dpo, BACKEND);
        PreferenceObjective bare = new PreferenceObjective(llama, PreferenceLoss.orpo(1), BACKEND);
        List<TokenSequence> answers = List.of(answer(1, 1, 2), answer(1, 1, 3));
        List<Target> targets = pair(-1, -2);
        assertEquals(1, objective.weight(answers, targets));
        assertRefused("expected none", () -> bare.weight(answers, targets));
        assertRefused("expected two finite log-probabilities", () -> objective.weight(answers, pair()));
        assertRefused("expected two finite log-probabilities", () -> objective.weight(answers, pair(-1, Double.NaN)));
        assertRefused("expected pairs", () -> objective.weight(answers.subList(0, 1), targets.subList(0, 1)));
        assertRefused(
                "expected a chosen one followed by the rejected one",
                () -> objective.weight(answers, List.of(targets.get(1), targets.get(0))));
        assertRefused(
                "without a token to predict",
                () -> objective.weight(List.of(answer(2, 1, 2), answer(1, 1, 3)), targets));
    }

    private static void assertRefused(String message, Executable call) {
        String found = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(found.contains(message), found);
    }
}
