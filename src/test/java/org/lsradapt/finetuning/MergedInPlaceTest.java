package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collections;
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
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.CaptionedImage;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.PromptCompletion;
import org.lsradapt.tasks.TextPair;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.transformer.TokenSequence;

/** While a model's adapters are merged into its weights, its predictions must not add them once more. */
class MergedInPlaceTest {
    @TempDir
    Path folder;

    private static TrainingConfig epoch() {
        return TrainingConfig.builder().epochs(1).batchSize(8).learningRate(1e-3).build();
    }

    private static void randomize(AdapterSet adapters) {
        adapters.values().assign(RandomArrays.normal(new Random(3), adapters.values().dataType(), adapters.parameterCount())
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
        try (TextClassifier model = TextClassifier.on(Samples.model("bert"))
                .config(epoch())
                .adapters(LsrConfig.defaults())
                .train(Samples.weather(20), Samples.weather(6))) {
            model.save(folder);
        }
        List<String> texts = IntStream.range(0, 20).mapToObj(Samples::text).toList();
        try (TextClassifier model = TextClassifier.load(folder);
                TextClassifier plain = TextClassifier.load(folder)) {
            assertOnce(model, () -> probabilities(model, texts), before);
            double[] trained = probabilities(plain, texts);
            double[] adapted = probabilities(model, texts);
            assertTrue(
                    IntStream.range(0, 20).anyMatch(i -> Math.abs(trained[i] - adapted[i]) > 0.01), "the update does nothing");
        }
    }

    /** What is predicted is what would be saved. */
    @Test
    void classifierWhoseParametersWereWritten_predictsAsTheOneThatIsSaved() throws Exception {
        Path changed = folder.resolve("changed");
        try (TextClassifier model = TextClassifier.on(Samples.model("bert"))
                .config(epoch())
                .adapters(LsrConfig.defaults())
                .train(Samples.weather(20), Samples.weather(6))) {
            model.save(folder);
        }
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
        return model.predict(texts).stream().mapToDouble(one -> one.probabilities().get(0)).toArray();
    }

    @Test
    void embedder() throws Exception {
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        try (TextEmbedder model = TextEmbedder.on(Samples.model("bert")).config(epoch()).train(pairs, pairs)) {
            model.save(folder);
        }
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
        List<PromptCompletion> texts =
                Collections.nCopies(8, PromptCompletion.text("the sun is warm and the rain is cold"));
        try (TextGenerator model = TextGenerator.on(Samples.model("llama"))
                .config(epoch())
                .train(LanguageModelData.of(texts).dev(texts.subList(0, 1)).build())) {
            model.save(folder);
        }
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
        Path clip = SmallImages.clip(folder.resolve("clip"));
        List<CaptionedImage> pairs = SmallImages.write(folder.resolve("pictures"), 6).stream()
                .map(image -> CaptionedImage.of(image.image(), "a field on the " + image.label()))
                .toList();
        Path saved = folder.resolve("saved");
        try (ImageTextEmbedder model = ImageTextEmbedder.on(clip.toString())
                .adapters(LsrConfig.defaults())
                .config(epoch())
                .train(CaptionData.of(pairs, pairs))) {
            model.save(saved);
        }
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
                assertArrayEquals(expected, served.features(texts, MultiAdapterModel.BASE).toFloatVector(), 1e-4f);
            }
            assertArrayEquals(expected, served.features(texts, "one").toFloatVector());
        }
    }
}
