package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.transformer.inputs.TokenSequence;

/** While a model's adapters are merged into its weights, its predictions must not add them once more. */
class MergedInPlaceTest {
    @TempDir
    Path folder;

    private static void randomize(AdapterSet adapters) {
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), adapters.values().dataType(), adapters.parameterCount())
                        .muli(0.3));
        adapters.materialize();
    }

    /** Outputs before, during and after a merge; or, as the first use of a model may be while it is merged, during and after. */
    private static void assertOnce(FineTunedModel model, Supplier<double[]> outputs, boolean before) {
        AdapterSet adapters = model.adapters().orElseThrow();
        randomize(adapters);
        double[] expected = before ? outputs.get() : null;
        double[] merged;
        try (InPlaceMerge merge = InPlaceMerge.of(adapters)) {
            merged = outputs.get();
        }
        double[] after = outputs.get();
        assertArrayEquals(after, merged, 1e-4);
        if (before) {
            assertArrayEquals(expected, after);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void classifier(boolean before) throws Exception {
        SmallTrainings.classifier(folder);
        List<String> texts = IntStream.range(0, 20).mapToObj(Samples::text).toList();
        try (TextClassifier model = TextClassifier.load(folder);
                TextClassifier plain = TextClassifier.load(folder)) {
            assertOnce(model, () -> probabilities(model, texts), before);
            double[] trained = probabilities(plain, texts);
            double[] adapted = probabilities(model, texts);
            assertTrue(
                    IntStream.range(0, 20).anyMatch(i -> Math.abs(trained[i] - adapted[i]) > 0.01),
                    "the update does nothing");
        }
    }

    /** What is predicted is what would be saved. */
    @Test
    void classifierWhoseParametersWereWritten_predictsAsTheOneThatIsSaved() throws Exception {
        Path changed = folder.resolve("changed");
        SmallTrainings.classifier(folder);
        List<String> texts = IntStream.range(0, 20).mapToObj(Samples::text).toList();
        try (TextClassifier model = TextClassifier.load(folder)) {
            double[] before = probabilities(model, texts);
            assertArrayEquals(before, probabilities(model, texts));
            randomize(model.adapters().orElseThrow());
            double[] after = probabilities(model, texts);
            assertNotEquals(before[0], after[0]);
            model.save(changed);
            try (TextClassifier loaded = TextClassifier.load(changed)) {
                assertArrayEquals(probabilities(loaded, texts), after);
            }
            model.adapters().orElseThrow().close();
            assertArrayEquals(after, probabilities(model, texts));
        }
    }

    private static double[] probabilities(TextClassifier model, List<String> texts) {
        return model.predict(texts).stream()
                .mapToDouble(one -> one.probabilities().get(0))
                .toArray();
    }

    @Test
    void embedder() throws Exception {
        SmallTrainings.embedder(folder);
        try (TextEmbedder model = TextEmbedder.load(folder)) {
            assertOnce(model, () -> numbers(model.embed(List.of("the sun", "the rain is cold"))), true);
        }
    }

    private static double[] numbers(float[][] vectors) {
        return IntStream.range(0, vectors.length * vectors[0].length)
                .mapToDouble(i -> vectors[i / vectors[0].length][i % vectors[0].length])
                .toArray();
    }

    @Test
    void generator() throws Exception {
        SmallTrainings.generator(folder);
        try (TextGenerator model = TextGenerator.load(folder)) {
            randomize(model.adapters().orElseThrow());
            Generation generation = Generation.defaults().withMaxTokens(12);
            String expected = model.generate("the sun", generation);
            try (InPlaceMerge merge = InPlaceMerge.of(model.adapters().orElseThrow())) {
                assertEquals(expected, model.generate("the sun", generation));
            }
        }
    }

    @Test
    void embedderOfImagesAndTexts() throws Exception {
        Path saved = folder.resolve("saved");
        SmallTrainings.imageTextEmbedder(saved);
        try (ImageTextEmbedder model = ImageTextEmbedder.load(saved)) {
            assertOnce(model, () -> numbers(model.embedTexts(List.of("a field", "on the left"))), true);
        }
    }

    /** Its adapters are copies, so that it cannot leave them out; it says so. */
    @Test
    void modelWithManyAdapters_whoseAdapterIsMerged_refusesIt() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                AdapterSet set = AdapterSet.create(
                        base.queryAndValue().select(base.linearLayers()), LsrConfig.defaults(), Backends.standard());
                MultiAdapterModel served = new MultiAdapterModel(base.weights(), Backends.standard())) {
            randomize(set);
            served.add("one", set);
            served.combine("half", Map.of("one", 0.5));
            List<TokenSequence> texts = List.of(base.tokenizer().encode("the sun", null, 16));
            float[] expected = served.features(texts, "one").toFloatVector();
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                for (String name : List.of("one", "half")) {
                    assertThrows(IllegalStateException.class, () -> served.features(texts, name));
                }
                assertArrayEquals(
                        expected, served.features(texts, MultiAdapterModel.BASE).toFloatVector(), 1e-4f);
            }
            assertArrayEquals(expected, served.features(texts, "one").toFloatVector());
        }
    }
}
