package org.lsradapt.tasks.answers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Exact match and F1 against the evaluation script of SQuAD 2.0; golden/spans has the generator. */
class AnswerScoresTest {
    private static final double ROUNDING = 1e-12;

    private static AnsweredQuestion question(JsonNode row) {
        List<String> texts = StreamSupport.stream(row.get("answers").spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
        String passage = "p " + String.join(" | ", texts);
        List<Answer> answers = new ArrayList<>();
        int start = 2;
        for (String text : texts) {
            answers.add(new Answer(text, start));
            start += text.length() + 3;
        }
        return new AnsweredQuestion("q", passage, answers);
    }

    @Test
    void scores_areThoseOfSquadsScript() throws Exception {
        JsonNode golden;
        try (InputStream in = getClass().getResourceAsStream("/golden/spans/squad.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        List<AnsweredQuestion> questions = new ArrayList<>();
        List<String> said = new ArrayList<>();
        for (JsonNode row : golden.get("questions")) {
            AnsweredQuestion question = question(row);
            String predicted = row.get("predicted").textValue();
            assertEquals(row.get("exact").doubleValue(), AnswerScores.exactMatch(question, predicted), row::toString);
            assertEquals(row.get("f1").doubleValue(), AnswerScores.f1(question, predicted), ROUNDING, row::toString);
            questions.add(question);
            said.add(row.get("margin").doubleValue() <= golden.get("threshold").doubleValue() ? predicted : "");
        }
        JsonNode expected = golden.get("scores");
        assertEquals(expected.get("total").intValue(), questions.size());
        AnswerScores scores = AnswerScores.of(questions, said);
        assertSame(expected, "exact", "f1", "total", scores.all());
        assertSame(
                expected,
                "HasAns_exact",
                "HasAns_f1",
                "HasAns_total",
                scores.answerable().orElseThrow());
        assertSame(
                expected,
                "NoAns_exact",
                "NoAns_f1",
                "NoAns_total",
                scores.unanswerable().orElseThrow());
        assertEquals(scores.all().f1(), scores.metrics().get("f1"));
        assertEquals(scores.unanswerable().get().exactMatch(), scores.metrics().get("accuracy_unanswerable"));
    }

    private static void assertSame(JsonNode expected, String exact, String f1, String count, AnswerScores.Score found) {
        assertEquals(expected.get(exact).doubleValue() / 100, found.exactMatch(), ROUNDING);
        assertEquals(expected.get(f1).doubleValue() / 100, found.f1(), ROUNDING);
        assertEquals(expected.get(count).intValue(), found.count());
    }

    @Test
    void withoutUnanswerableQuestions_thereAreTwoMetrics() {
        AnsweredQuestion question = AnsweredQuestion.of("Who?", "Ada wrote it.", "Ada");
        AnswerScores scores = AnswerScores.of(List.of(question, question), List.of("the Ada", ""));
        assertEquals(AnswerScores.METRICS, List.copyOf(scores.metrics().keySet()));
        assertEquals(0.5, scores.all().exactMatch());
        assertTrue(scores.unanswerable().isEmpty());
        assertEquals(
                "answer scores: 1 questions and 0 predictions, expected as many, at least 1",
                assertThrows(IllegalArgumentException.class, () -> AnswerScores.of(List.of(question), List.of()))
                        .getMessage());
    }
}
