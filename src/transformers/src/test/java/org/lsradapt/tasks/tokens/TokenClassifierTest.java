package org.lsradapt.tasks.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.transformer.inputs.WordReading;
import org.nd4j.linalg.api.buffer.DataType;

public class TokenClassifierTest {
    /** Words and tags that go together, in any order. */
    public static final List<LabelledWords> SENTENCES =
            IntStream.range(0, 44).mapToObj(TokenClassifierTest::sentence).toList();

    private static final String TEXT = "and, the warm\u00a0sun is the rain \ud83d\ude00 a smile.";

    @TempDir
    Path parent;

    private static LabelledWords sentence(int i) {
        List<String> words = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        String[] parts = {
            "the O",
            "and O",
            "smile B-SUN",
            "is O",
            "warm B-SUN;sun I-SUN",
            "rain B-RAIN",
            ", O",
            "a O",
            ". O",
            "\ud83d\ude00 O"
        };
        Random random = new Random(i);
        for (int k = 0; k < 6; k++) {
            for (String pair : parts[random.nextInt(parts.length)].split(";")) {
                words.add(pair.split(" ")[0]);
                tags.add(pair.split(" ")[1]);
            }
        }
        return new LabelledWords(words, tags);
    }

    static TokenClassifier train(String family) throws Exception {
        return TokenClassifier.on(Samples.model(family))
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(60).batchSize(8).patience(15).build())
                .train(SENTENCES, SENTENCES.subList(0, 12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-v3", "llama"})
    void train_save_load_predict(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        List<FoundSpan> before;
        List<List<String>> tags;
        List<List<String>> words = SENTENCES.stream().map(LabelledWords::words).toList();
        try (TokenClassifier trained = train(family)) {
            EntityScores scores = trained.evaluated().orElseThrow();
            assertEquals(
                    scores.metrics(), trained.training().orElseThrow().best().metrics());
            assertTrue(scores.all().f1() > 0.95, scores::toString);
            assertEquals(
                    scores, trained.evaluate(SENTENCES.subList(0, 12)), "the best evaluation's parameters are there");
            assertEquals(List.of("O", "B-RAIN", "I-RAIN", "B-SUN", "I-SUN"), trained.labels());
            trained.save(folder);
            before = trained.predict(TEXT);
            tags = trained.predictTags(words);
        }
        try (TokenClassifier loaded = TokenClassifier.load(folder)) {
            assertEquals(before, loaded.predict(TEXT));
            assertEquals(tags, loaded.predictTags(words));
            assertTrue(loaded.evaluated().isEmpty());
        }
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals("tokens", saved.card().orElseThrow().task().kind());
        }
    }

    /** How words are read is a part of the model, wherever it goes; a folder that does not say it reads joined words. */
    @Test
    void separateWords_staySoInSavedAndMergedModels() throws Exception {
        List<List<String>> words = SENTENCES.stream().map(LabelledWords::words).toList();
        Path folder = parent.resolve("adapter");
        Path merged = parent.resolve("merged");
        List<List<String>> tags;
        try (TokenClassifier trained = TokenClassifier.on(Samples.model("modernbert"))
                .words(WordReading.SEPARATE)
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(20).batchSize(8).build())
                .train(SENTENCES, SENTENCES.subList(0, 12))) {
            tags = trained.predictTags(words);
            trained.save(folder);
        }
        Path config = folder.resolve("adapter_config.json");
        String saved = Files.readString(config);
        assertTrue(saved.contains("\"words\" : \"separate\""), saved);
        try (TokenClassifier loaded = TokenClassifier.load(folder)) {
            assertEquals(WordReading.SEPARATE, loaded.task().words());
            assertEquals(tags, loaded.predictTags(words));
        }
        try (PretrainedModel base = Models.load(Samples.model("modernbert"));
                TokenClassifier loaded = TokenClassifier.load(folder)) {
            MergedModel.withHead(base, loaded.adapters(), loaded.head(), loaded.task(), 40)
                    .write(merged, DataType.FLOAT);
        }
        String card = Files.readString(merged.resolve("README.md"));
        assertTrue(card.contains("`tokenizer(words, is_split_into_words=True)`"), card);
        try (TokenClassifier whole = TokenClassifier.load(merged)) {
            assertEquals(WordReading.SEPARATE, whole.task().words());
            assertEquals(tags, whole.predictTags(words));
        }
        assertEquals(WordReading.JOINED, new TokensDescription("t", List.of("a", "b")).words());
    }

    /** Places in the text as the caller has it: of several spaces, of a character of two units. */
    /** On one core, texts share a matrix, whose products may differ from those of a text alone in the eighth digit of FP32. */
    private static List<FoundSpan> rounded(List<FoundSpan> spans) {
        return spans.stream()
                .map(span -> new FoundSpan(
                        span.label(), Math.round(span.score() * 1e6) / 1e6, span.start(), span.end(), span.text()))
                .toList();
    }

    @Test
    void predict_givesPlacesInTheCallersText() throws Exception {
        try (TokenClassifier trained = train("bert")) {
            List<FoundSpan> spans = trained.predict(TEXT);
            assertEquals(
                    List.of("SUN warm\u00a0sun", "RAIN rain", "SUN smile"),
                    spans.stream().map(span -> span.label() + " " + span.text()).toList());
            for (FoundSpan span : spans) {
                assertEquals(span.text(), TEXT.substring(span.start(), span.end()));
                assertTrue(span.score() > 0.4 && span.score() <= 1, span::toString);
            }
            List<List<FoundSpan>> several = trained.predict(List.of(TEXT, " ", TEXT));
            assertEquals(
                    List.of(rounded(spans), List.of(), rounded(spans)),
                    several.stream().map(TokenClassifierTest::rounded).toList(),
                    "a text's answer is its own whatever others there are");
            assertThrows(NullPointerException.class, () -> trained.predict((String) null));
            assertEquals(
                    "predict: text 2 of 2 has a blank word, expected words",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> trained.predictTags(List.of(List.of("sun"), List.of("a", " "))))
                            .getMessage());
            try (InPlaceMerge merge = InPlaceMerge.of(trained.adapters().orElseThrow())) {
                assertEquals(
                        spans.stream().map(FoundSpan::text).toList(),
                        trained.predict(TEXT).stream().map(FoundSpan::text).toList());
            }
        }
    }

    /** A text of many windows, in which each word stands as in a sentence of its own. */
    @Test
    void longText_isTaggedToItsEnd() throws Exception {
        LabelledWords sentence = SENTENCES.get(1);
        List<String> words = new ArrayList<>();
        List<String> right = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            words.addAll(sentence.words());
            right.addAll(sentence.tags());
        }
        try (TokenClassifier trained = train("bert")) {
            assertTrue(words.size() > trained.maxLength());
            List<String> tags = trained.predictTags(List.of(words)).get(0);
            assertEquals(words.size(), tags.size());
            int tail = words.size() - 2 * sentence.words().size();
            for (int from : new int[] {0, tail}) {
                long same = IntStream.range(from, tags.size())
                        .filter(i -> tags.get(i).equals(right.get(i)))
                        .count();
                assertTrue(same > 0.85 * (tags.size() - from), () -> same + " right behind word " + from);
            }
            assertEquals(
                    EntityScores.of(List.of(right), List.of(tags)),
                    trained.evaluate(List.of(new LabelledWords(words, right))));
        }
    }

    @Test
    void manyThreads_getTheSameAnswers() throws Exception {
        try (TokenClassifier trained = train("bert")) {
            List<FoundSpan> expected = trained.predict(TEXT);
            List<List<FoundSpan>> found = IntStream.range(0, 24)
                    .parallel()
                    .mapToObj(i -> trained.predict(TEXT))
                    .toList();
            assertEquals(Collections.nCopies(24, expected), found);
        }
    }

    @Test
    void headAlone_isTrainedSavedAndLoaded() throws Exception {
        Path folder = parent.resolve("head");
        List<String> tags;
        try (TokenClassifier trained = TokenClassifier.on(Samples.model("bert"))
                .headOnly()
                .name("weather")
                .config(Samples.quick().epochs(2).build())
                .train(TokenData.of(SENTENCES).seed(1).read())) {
            assertTrue(trained.adapters().isEmpty());
            tags = trained.predictTags(List.of(List.of("the", "sun"))).get(0);
            trained.save(folder);
        }
        try (TokenClassifier loaded = TokenClassifier.load(folder)) {
            assertEquals("weather", loaded.task().name());
            assertEquals(
                    tags, loaded.predictTags(List.of(List.of("the", "sun"))).get(0));
            assertThrows(IllegalArgumentException.class, () -> TextClassifier.load(folder));
        }
    }

    /** What is cut short goes on to the bit, and refuses other data. */
    @Test
    void checkpoints_goOnAndKnowTheirTags() throws Exception {
        Path folder = parent.resolve("checkpoints");
        float[] whole;
        try (TokenClassifier trained = briefly(3).train(SENTENCES, SENTENCES)) {
            whole = trained.head().values().toFloatVector();
        }
        try (TokenClassifier trained =
                briefly(3).checkpoints(Checkpoints.in(folder)).train(SENTENCES, SENTENCES)) {
            assertArrayEquals(whole, trained.head().values().toFloatVector());
        }
        try (TokenClassifier again =
                briefly(3).checkpoints(Checkpoints.in(folder)).train(SENTENCES, SENTENCES)) {
            assertArrayEquals(whole, again.head().values().toFloatVector());
            assertTrue(
                    again.evaluated().isPresent(), "computed again where the evaluation was before the interruption");
        }
        List<LabelledWords> others = new ArrayList<>(SENTENCES);
        LabelledWords first = others.get(1);
        List<String> tags = new ArrayList<>(first.tags());
        tags.set(tags.indexOf("O"), "B-SUN");
        others.set(1, new LabelledWords(first.words(), tags));
        String message = assertThrows(
                        Exception.class,
                        () -> briefly(3)
                                .checkpoints(Checkpoints.in(folder))
                                .train(others, SENTENCES)
                                .close())
                .getMessage();
        assertTrue(message.contains("training data"), message);
    }

    private static TokenClassifier.Training briefly(int epochs) {
        return TokenClassifier.on(Samples.model("bert"))
                .adapters(LsrConfig.lora(2, 2))
                .config(Samples.quick().epochs(epochs).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-v3", "llama"})
    void mergedFolder_isAClassifierOfTokens_withEqualAnswers(String family) throws Exception {
        Path merged = parent.resolve("merged");
        List<FoundSpan> expected;
        try (TokenClassifier trained = train(family);
                PretrainedModel base = Models.load(Samples.model(family))) {
            expected = trained.predict(TEXT);
            MergedModel.withHead(base, trained.adapters(), trained.head(), trained.task(), trained.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        try (TokenClassifier loaded = TokenClassifier.load(merged)) {
            List<FoundSpan> found = loaded.predict(TEXT);
            assertEquals(
                    expected.stream().map(FoundSpan::text).toList(),
                    found.stream().map(FoundSpan::text).toList());
            for (int i = 0; i < found.size(); i++) {
                assertEquals(expected.get(i).score(), found.get(i).score(), 1e-5);
            }
            assertFalse(loaded.base().weights().linearLayers().stream()
                    .anyMatch(layer -> layer.name().startsWith("pooler")));
        }
    }

    @Test
    void storedInFewerBits_staysATagger() throws Exception {
        Path folder = parent.resolve("int8");
        try (TokenClassifier trained = train("bert")) {
            trained.save(folder, Precision.INT8);
        }
        try (TokenClassifier loaded = TokenClassifier.load(folder)) {
            assertEquals(5, loaded.labels().size());
            assertFalse(loaded.predict(TEXT).isEmpty());
        }
    }
}
