package org.lsradapt.tasks.embeddings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.TextPair;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.RankingData;

/** Against sentence-transformers' {@code mine_hard_negatives}; {@code golden/retrieval/negatives.py} wrote what it finds. */
class HardNegativesTest {
    private static final JsonNode GOLDEN = golden();

    @TempDir
    Path folder;

    private static JsonNode golden() {
        try (InputStream in = HardNegativesTest.class.getResourceAsStream("/golden/retrieval/negatives.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Embeds the names of queries and documents. */
    private static final TextEncoder NAMED = new TextEncoder() {
        @Override
        public float[][] embed(List<String> texts) {
            return rows(texts, GOLDEN.get("documents"));
        }

        @Override
        public float[][] embedQueries(List<String> queries) {
            return rows(queries, GOLDEN.get("queries"));
        }
    };

    private static float[][] rows(List<String> names, JsonNode matrix) {
        return names.stream()
                .map(name -> {
                    JsonNode numbers = matrix.get(Integer.parseInt(name.substring(1)));
                    float[] row = new float[numbers.size()];
                    for (int i = 0; i < row.length; i++) {
                        row[i] = (float) numbers.get(i).asDouble();
                    }
                    return row;
                })
                .toArray(float[][]::new);
    }

    private static List<TextPair> pairs() {
        return StreamSupport.stream(GOLDEN.get("pairs").spliterator(), false)
                .map(pair -> TextPair.of("q" + pair.get(0), "d" + pair.get(1)))
                .toList();
    }

    private static List<String> corpus() {
        return IntStream.range(0, GOLDEN.get("documents").size())
                .mapToObj(i -> "d" + i)
                .toList();
    }

    private static NegativeMining.Builder settings(JsonNode options) {
        NegativeMining.Builder settings = NegativeMining.builder();
        options.fieldNames().forEachRemaining(name -> {
            JsonNode value = options.get(name);
            switch (name) {
                case "num_negatives" -> settings.negatives(value.asInt());
                case "range_min" -> settings.firstRank(value.asInt());
                case "range_max" -> settings.lastRank(value.asInt());
                case "max_score" -> settings.highestScore(value.asDouble());
                case "min_score" -> settings.lowestScore(value.asDouble());
                case "absolute_margin" -> settings.absoluteMargin(value.asDouble());
                case "relative_margin" -> settings.relativeMargin(value.asDouble());
                default -> throw new AssertionError(name);
            }
        });
        return settings;
    }

    /** Embeds each text by its length without white space, so that copies are the nearest. */
    private static final TextEncoder BY_LENGTH = new TextEncoder() {
        @Override
        public float[][] embed(List<String> texts) {
            return texts.stream()
                    .map(text -> new float[] {text.replace(" ", "").length(), 10})
                    .toArray(float[][]::new);
        }

        @Override
        public float[][] embedQueries(List<String> queries) {
            return embed(queries);
        }
    };

    @Test
    void mine_copiesOfQueryAndPositives_areNoNegatives() {
        List<TextPair> pairs = List.of(TextPair.of("opening hours", "We open at 9"), TextPair.of("tram", "Line 2"));
        List<String> corpus = List.of("Opening  hours ", "we OPEN at 9", "closing times", "line 2 ", "TRAM", "Bus 10");
        HardNegatives mined = HardNegatives.mine(
                BY_LENGTH, pairs, corpus, NegativeMining.builder().negatives(2).build());
        assertEquals(
                List.of(List.of("closing times", "Line 2"), List.of("Bus 10", "We open at 9")),
                mined.queries().stream()
                        .map(query -> query.negatives().stream()
                                .map(HardNegatives.Passage::text)
                                .map(text -> text.equals("line 2 ") ? "Line 2" : text)
                                .map(text -> text.equals("we OPEN at 9") ? "We open at 9" : text)
                                .toList())
                        .toList());
    }

    static Stream<JsonNode> cases() {
        return StreamSupport.stream(GOLDEN.get("cases").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void mine_settings_findWhatSentenceTransformersFinds(JsonNode node) {
        HardNegatives mined = HardNegatives.mine(
                NAMED, pairs(), corpus(), settings(node.get("options")).build());
        for (HardNegatives.Form form : HardNegatives.Form.values()) {
            JsonNode expected = node.get(form.label());
            List<Map<String, Object>> rows = mined.rows(form, "query", "positive", true);
            assertEquals(expected.size(), rows.size(), form.label());
            for (int i = 0; i < rows.size(); i++) {
                // Theirs has scores in place of labels.
                List<Object> values = new ArrayList<>(rows.get(i).entrySet().stream()
                        .filter(field -> !field.getKey().equals("label"))
                        .map(Map.Entry::getValue)
                        .toList());
                List<JsonNode> wanted = new ArrayList<>();
                expected.get(i).forEach(wanted::add);
                List<Double> scores = numbers(values.remove(values.size() - 1));
                JsonNode theirs = wanted.remove(wanted.size() - 1);
                for (int k = 0; k < scores.size(); k++) {
                    assertEquals((theirs.isArray() ? theirs.get(k) : theirs).asDouble(), scores.get(k), 1e-6);
                }
                assertEquals(
                        new ObjectMapper().valueToTree(wanted).toString(),
                        new ObjectMapper().valueToTree(values).toString());
            }
        }
    }

    private static List<Double> numbers(Object value) {
        return (value instanceof Collection<?> many ? many.stream() : Stream.of(value))
                .map(number -> ((Float) number).doubleValue())
                .toList();
    }

    @Test
    void confirmedBy_aTeacher_leavesOutWhatItScoresAsAnAnswer() {
        HardNegatives mined = HardNegatives.mine(
                BY_LENGTH,
                List.of(TextPair.of("tram", "Line 2")),
                List.of("closing times", "Bus 10", "Tram 7"),
                NegativeMining.builder().negatives(3).build());
        assertEquals(3, mined.count());
        HardNegatives confirmed = mined.confirmedBy((query, passages) -> passages.stream()
                .mapToDouble(text -> text.startsWith("Tram") ? 3 : text.startsWith("Line") ? 2 : 1)
                .toArray());
        assertEquals(
                List.of("closing times", "Bus 10").stream().sorted().toList(),
                confirmed.queries().get(0).negatives().stream()
                        .map(HardNegatives.Passage::text)
                        .sorted()
                        .toList());
        assertEquals(1, confirmed.queries().get(0).positives().size());
        assertEquals(1, confirmed.incomplete());
    }

    @Test
    void random_sampling_drawsOfTheBand_theSameForASeed() {
        NegativeMining.Builder band =
                NegativeMining.builder().negatives(4).firstRank(3).lastRank(15);
        NegativeMining all =
                NegativeMining.builder().negatives(12).firstRank(3).lastRank(15).build();
        List<HardNegatives.Query> whole =
                HardNegatives.mine(NAMED, pairs(), corpus(), all).queries();
        List<HardNegatives.Query> top =
                HardNegatives.mine(NAMED, pairs(), corpus(), band.build()).queries();
        List<HardNegatives.Query> drawn = HardNegatives.mine(
                        NAMED, pairs(), corpus(), band.random(1).build())
                .queries();
        assertEquals(
                drawn,
                HardNegatives.mine(NAMED, pairs(), corpus(), band.random(1).build())
                        .queries());
        int others = 0;
        for (int i = 0; i < drawn.size(); i++) {
            assertEquals(4, new HashSet<>(drawn.get(i).negatives()).size());
            assertTrue(whole.get(i).negatives().containsAll(drawn.get(i).negatives()));
            List<Float> cosines = drawn.get(i).negatives().stream()
                    .map(HardNegatives.Passage::cosine)
                    .toList();
            assertEquals(cosines.stream().sorted((a, b) -> Float.compare(b, a)).toList(), cosines);
            others += drawn.get(i).negatives().equals(top.get(i).negatives()) ? 0 : 1;
        }
        assertTrue(others > drawn.size() / 2, others + " differ");
    }

    @Test
    void written_forms_areTrainingDataOfRerankers() throws IOException {
        HardNegatives mined = HardNegatives.mine(
                NAMED, pairs(), corpus(), NegativeMining.builder().build());
        List<List<JudgedQuery>> read = new ArrayList<>();
        for (HardNegatives.Form form : HardNegatives.Form.values()) {
            Path file = folder.resolve(form.label() + ".jsonl");
            int rows = mined.write(file, form, "q", "answer", true);
            assertEquals(rows, Files.readAllLines(file).size());
            RankingData.FromFile data =
                    RankingData.of(file).query("q").scores("scores").heldOut(0.1);
            switch (form) {
                case TRIPLET -> data.positive("answer").negatives("negative");
                case TUPLE -> data.positive("answer").negatives("negative_1", "negative_2", "negative_3");
                default -> data.passage("passage").label("label");
            }
            read.add(data.read().train());
        }
        for (List<JudgedQuery> queries : read) {
            assertEquals(
                    read.get(0).stream()
                            .map(query -> query.query() + new HashSet<>(query.passages()))
                            .toList(),
                    queries.stream()
                            .map(query -> query.query() + new HashSet<>(query.passages()))
                            .toList());
        }
        assertEquals(6, mined.judged().size());
        assertEquals(8, mined.pairs().size());
        assertEquals(0, mined.incomplete());
        assertEquals(18, mined.count());
    }

    @Test
    void settings_outOfRange_areRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> NegativeMining.builder().negatives(0).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> NegativeMining.builder().firstRank(-1).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> NegativeMining.builder().firstRank(8).lastRank(10).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> NegativeMining.builder().highestScore(Double.NaN).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> HardNegatives.mine(
                        NAMED, List.of(), corpus(), NegativeMining.builder().build()));
    }
}
