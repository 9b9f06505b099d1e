package org.lsradapt.tasks.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.LabelScore;

/** Scores of spans against those of seqeval; golden/tokens has the generator. */
class EntityScoresTest {
    private static final double ROUNDING = 1e-12;

    private static List<List<String>> sentences(JsonNode node) {
        List<List<String>> sentences = new ArrayList<>();
        for (JsonNode sentence : node) {
            List<String> tags = new ArrayList<>();
            sentence.forEach(tag -> tags.add(tag.textValue()));
            sentences.add(tags);
        }
        return sentences;
    }

    @Test
    void scoresAndSpans_areThoseOfSeqeval() throws Exception {
        JsonNode cases;
        try (InputStream in = getClass().getResourceAsStream("/golden/tokens/seqeval.json")) {
            cases = new ObjectMapper().readTree(in);
        }
        assertFalse(cases.isEmpty());
        for (JsonNode one : cases) {
            List<List<String>> predicted = sentences(one.get("predicted"));
            EntityScores scores = EntityScores.of(sentences(one.get("right")), predicted);
            assertEquals(one.get("accuracy").doubleValue(), scores.accuracy(), ROUNDING);
            assertSame(one.get("scores").get("micro avg"), scores.all());
            List<String> labels = new ArrayList<>();
            one.get("scores").fieldNames().forEachRemaining(labels::add);
            labels.remove("micro avg");
            // seqeval lists labels that are right somewhere or said somewhere, as is done here.
            assertEquals(
                    labels.stream().sorted().toList(),
                    scores.types().stream().map(LabelScore::label).toList());
            scores.types().forEach(score -> assertSame(one.get("scores").get(score.label()), score));
            for (int i = 0; i < predicted.size(); i++) {
                List<WordSpan> spans = new ArrayList<>();
                for (JsonNode span : one.get("spans").get(i)) {
                    spans.add(new WordSpan(
                            span.get(0).intValue(),
                            span.get(1).intValue(),
                            span.get(2).textValue()));
                }
                assertEquals(spans, WordSpan.of(predicted.get(i)), predicted.get(i)::toString);
            }
        }
    }

    private static void assertSame(JsonNode expected, LabelScore found) {
        assertEquals(expected.get("precision").doubleValue(), found.precision(), ROUNDING, found.label());
        assertEquals(expected.get("recall").doubleValue(), found.recall(), ROUNDING, found.label());
        assertEquals(expected.get("f1-score").doubleValue(), found.f1(), ROUNDING, found.label());
        assertEquals(expected.get("support").intValue(), found.support(), found.label());
    }

    @Test
    void tagsWithoutPrefixes_countWordByWord() {
        EntityScores scores = EntityScores.of(
                List.of(List.of("NOUN", "NOUN", "VERB"), List.of("DET")),
                List.of(List.of("NOUN", "VERB", "VERB"), List.of("DET")));
        assertEquals(0.75, scores.all().f1(), ROUNDING);
        assertEquals(0.75, scores.accuracy(), ROUNDING);
        Map<String, Double> f1 = scores.types().stream().collect(Collectors.toMap(LabelScore::label, LabelScore::f1));
        assertEquals(2 / 3.0, f1.get("NOUN"), ROUNDING);
        assertEquals(1.0, f1.get("DET"), ROUNDING);
    }

    @Test
    void countsThatDiffer_areRefused() {
        List<List<String>> two = List.of(List.of("O", "B-X"));
        assertEquals(
                "entity scores: 2 tags and 1 predictions for sentence 0, expected as many",
                assertThrows(IllegalArgumentException.class, () -> EntityScores.of(two, List.of(List.of("O"))))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> EntityScores.of(two, List.of()));
    }
}
