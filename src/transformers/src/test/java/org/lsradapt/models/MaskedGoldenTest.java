package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.language.MaskedTokenObjective;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Masked language models against transformers and PEFT: logits, losses and gradients; golden/families has the generator. Tolerances are
 * those of {@link GoldenFamiliesTest}.
 */
class MaskedGoldenTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<String> NAMES = List.of(
            "bert-masked",
            "roberta-masked",
            "distilbert-masked",
            "electra-masked",
            "mpnet-masked",
            "modernbert-masked",
            "deberta-masked",
            "deberta-masked-authors");

    static Stream<Arguments> all() {
        return NAMES.stream()
                .flatMap(name -> Stream.of(DataType.DOUBLE, DataType.FLOAT).map(type -> Arguments.of(name, type)));
    }

    private static SavedMaskedHead head(GoldenCase golden) throws IOException {
        JsonFields config = new JsonFields("config.json", JsonFile.readObject(golden.folder.resolve("config.json")));
        try (TensorSource tensors = HuggingFaceFolder.openWeights(golden.folder)) {
            return SavedMaskedHead.find(
                    tensors, golden.family, config, golden.model, HuggingFaceFolder.layout(tensors, golden.family));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void logitsLossAndGradients_equalTransformersAndPeft(String name, DataType type) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        double tolerance = GoldenFamiliesTest.tolerance(type);
        List<TokenSequence> sequences = golden.labelledTokens();
        List<Target> none = Collections.nCopies(sequences.size(), Target.OWN);
        SavedMaskedHead saved = head(golden);
        try (TransformerWeights weights = golden.weights(golden.model, type);
                AdapterSet adapters = golden.adapters(weights, BACKEND)) {
            MaskedTokenObjective objective = new MaskedTokenObjective(saved.on(weights), 0, BACKEND);
            try (AdaptedModel base = new AdaptedModel(weights, objective, BACKEND);
                    AdaptedModel model = new AdaptedModel(weights, adapters, objective, BACKEND)) {
                assertLogits(golden, objective, type);
                assertEquals(golden.number("loss"), base.lossAndGradients(sequences, none), tolerance);
                for (int chunk : new int[] {0, 3}) {
                    model.chunkSize(chunk);
                    assertEquals(golden.number("adapted_loss"), model.lossAndGradients(sequences, none), tolerance);
                    GoldenFamiliesTest.assertGradients(golden, adapters, type);
                }
            }
        }
    }

    /** Each token of the vocabulary in turn is the one that was hidden, which shows all logits up to a constant. */
    private static void assertLogits(GoldenCase golden, MaskedTokenObjective objective, DataType type) {
        INDArray logits = golden.expected("logits");
        INDArray hidden = golden.expected("last_hidden").castTo(type);
        int vocabulary = (int) logits.size(1);
        int from = 0;
        int right = 0;
        try (Objective.Run run = objective.open(layer -> LayerUpdate.NONE)) {
            for (TokenSequence sequence : golden.labelledTokens()) {
                INDArray features = Views.rows(hidden, from, from + sequence.length());
                for (int token = 0; token < vocabulary; token++) {
                    int[] labels = sequence.labels().clone();
                    double[] expected = new double[3];
                    for (int t = 0; t < labels.length; t++) {
                        if (labels[t] != TokenSequence.UNLABELLED) {
                            labels[t] = token;
                            add(logits.getRow(from + t).toDoubleVector(), token, expected);
                        }
                    }
                    TokenSequence variant = new TokenSequence(sequence.ids(), sequence.typeIds(), 1, labels);
                    double[] found = run.outputs(List.of(variant), features)[0];
                    assertEquals(expected[0], found[0], expected[0] * GoldenFamiliesTest.tolerance(type));
                    assertEquals(expected[1], found[1]);
                    assertEquals(expected[2], found[2]);
                    right += (int) found[2];
                }
                from += sequence.length();
            }
        }
        assertTrue(right > 0, "one token of the vocabulary is the most probable one");
    }

    /** Adds −log p of a token, one, and whether no token has a larger logit. */
    private static void add(double[] logits, int token, double[] to) {
        double most = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(z -> Math.exp(z - most)).sum();
        to[0] += Math.log(sum) + most - logits[token];
        to[1]++;
        to[2] += logits[token] == most ? 1 : 0;
    }
}
