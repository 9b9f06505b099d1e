package org.lsradapt.tasks.embeddings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.classification.TextClassifier;

class MultiAdapterEmbedderTest {

    private static final EmbeddingSettings SETTINGS = new EmbeddingSettings(Pooling.MEAN, true, "the ", "is ", 12);
    private static final List<String> TEXTS =
            IntStream.range(0, 70).mapToObj(Samples::text).toList();

    @TempDir
    Path parent;

    private BaseModel base;

    @BeforeEach
    void load() throws IOException {
        base = BaseModel.load(Samples.model("bert"));
    }

    @AfterEach
    void close() {
        base.close();
    }

    /** Trains an adapter of its own kind and saves it. */
    private Path saved(String name, EmbeddingSettings settings, long seed) throws IOException {
        return saved(name, settings, seed, List.of());
    }

    private Path saved(String name, EmbeddingSettings settings, long seed, List<Integer> dimensions)
            throws IOException {
        Path folder = parent.resolve(name);
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is warm"), TextPair.of("the rain", "is cold"));
        try (TextEmbedder embedder = TextEmbedder.on(base)
                .settings(settings)
                .dimensions(dimensions)
                .config(Samples.quick().seed(seed).build())
                .train(pairs, pairs)) {
            embedder.save(folder);
        }
        return folder;
    }

    @Test
    void add_savedAdapters_embedAsTheirEmbedders() throws IOException {
        Path one = saved("one", SETTINGS, 1);
        Path two = saved("two", SETTINGS, 2, List.of(24, 6));
        try (MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base, SETTINGS);
                TextEmbedder first = SavedModel.require(FineTunedModel.load(one, base), TextEmbedder.class, one);
                TextEmbedder second = SavedModel.require(FineTunedModel.load(two, base), TextEmbedder.class, two);
                TextEmbedder plain = TextEmbedder.of(base, SETTINGS)) {
            many.add("one", one);
            many.add("two", two);
            assertEquals(List.of("one", "two"), many.model().names());
            assertTrue(Arrays.deepEquals(first.embed(TEXTS), many.encoder("one").embed(TEXTS)));
            assertTrue(Arrays.deepEquals(
                    second.embedQueries(TEXTS), many.encoder("two").embedQueries(TEXTS)));
            TextEncoder without = many.encoder(MultiAdapterModel.BASE);
            assertTrue(Arrays.deepEquals(plain.embed(TEXTS), without.embed(TEXTS)));
            assertFalse(Arrays.deepEquals(plain.embed(TEXTS), first.embed(TEXTS)));

            TextEncoder encoder = many.encoder("one");
            many.replace("one", two);
            assertTrue(Arrays.deepEquals(second.embed(TEXTS), encoder.embed(TEXTS)));
        }
    }

    @Test
    void embed_mixedAdapters_areToTheBitThoseOfOneAdapter() throws IOException {
        try (MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base, SETTINGS)) {
            many.add("one", saved("one", SETTINGS, 1));
            many.add("two", saved("two", SETTINGS, 2));
            List<String> names = List.of("one", "two", MultiAdapterModel.BASE);
            List<String> adapters = IntStream.range(0, TEXTS.size())
                    .mapToObj(i -> names.get(i * 7 % 3))
                    .toList();
            float[][] mixed = many.embed(TEXTS, adapters);
            for (String name : names) {
                float[][] alone = many.embed(TEXTS, Collections.nCopies(TEXTS.size(), name));
                for (int i = 0; i < alone.length; i++) {
                    assertEquals(adapters.get(i).equals(name), Arrays.equals(alone[i], mixed[i]), name + " " + i);
                }
            }
            assertEquals(0, many.embed(List.of(), List.of()).length);
            assertArrayEquals(
                    many.encoder("one").embed(List.of("warm"))[0], many.embed(List.of("warm"), List.of("one"))[0]);
        }
    }

    @Test
    void add_whatDoesNotFit_isRefused() throws IOException {
        EmbeddingSettings others = SETTINGS.withMaxLength(11);
        Path one = saved("one", others, 1);
        try (MultiAdapterEmbedder many = MultiAdapterEmbedder.of(base, SETTINGS)) {
            assertEquals(
                    one + ": was trained with " + others + ", expected " + SETTINGS,
                    assertThrows(IllegalArgumentException.class, () -> many.add("one", one))
                            .getMessage());
            Path classifier = parent.resolve("classifier");
            try (TextClassifier trained = TextClassifier.on(base)
                    .config(Samples.quick().epochs(1).build())
                    .train(Samples.weather(12), Samples.weather(6))) {
                trained.save(classifier);
            }
            assertEquals(
                    classifier + ": is of task classification, expected an adapter of embeddings",
                    assertThrows(IllegalArgumentException.class, () -> many.add("c", classifier))
                            .getMessage());
            TextEncoder unknown = many.encoder("one");
            assertEquals(
                    "unknown adapter 'one', expected one of none: there are no adapters",
                    assertThrows(IllegalArgumentException.class, () -> unknown.embed(TEXTS))
                            .getMessage());
            assertEquals(
                    "embed: 2 texts and 1 names of adapters",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> many.embed(List.of("sun", "rain"), List.of("one")))
                            .getMessage());
        }
        assertThrows(
                IllegalArgumentException.class, () -> MultiAdapterEmbedder.of(base, SETTINGS.withMaxLength(1_000_000)));
    }
}
