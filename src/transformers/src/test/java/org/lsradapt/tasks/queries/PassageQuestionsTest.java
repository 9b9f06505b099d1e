package org.lsradapt.tasks.queries;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.TextPair;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.embeddings.TextEncoder;

class PassageQuestionsTest {
    private static final List<String> PASSAGES = List.of("a heron eats fish", "a mole digs", "a crow flies");

    /** The counts of letters, by which a question finds a passage that shares its words. */
    private static final TextEncoder LETTERS = new TextEncoder() {
        @Override
        public float[][] embed(List<String> texts) {
            return texts.stream().map(this::counts).toArray(float[][]::new);
        }

        private float[] counts(String text) {
            float[] counts = new float[26];
            text.toLowerCase(Locale.ROOT)
                    .chars()
                    .filter(letter -> letter >= 'a' && letter <= 'z')
                    .forEach(letter -> counts[letter - 'a']++);
            double norm = QueryData.norm(counts);
            for (int i = 0; i < counts.length; i++) {
                counts[i] = (float) (counts[i] / norm);
            }
            return counts;
        }

        @Override
        public float[][] embedQueries(List<String> queries) {
            return embed(queries);
        }
    };

    @Test
    void questions_ofAnswers_areThoseWithAQuestionMark() {
        assertEquals(
                List.of("What eats fish?", "Who digs?", "Does a crow fly?", "Where?", "Why 3 moles?"),
                QuestionPrompt.questions(
                        "Sure! Here are the questions.\n1. What eats fish?\n\n- \"Who digs?\"\n"
                                + "Question 3: Does a crow fly? Answer: yes.\n**Q4:** Where?\nA: 5) Why 3 moles?\nWho digs?\n ?\n7."));
        assertEquals(List.of("サギは何を食べますか？"), QuestionPrompt.questions("1. サギは何を食べますか？"));
        assertEquals(List.of(), QuestionPrompt.questions(""));
    }

    @Test
    void about_aPassage_fillsTheTemplate() {
        QuestionPrompt prompt = new QuestionPrompt("{count} of: {passage}!", 2);
        assertEquals("2 of: a mole {count}!", prompt.about(" a mole {count}\n"));
        assertEquals(
                "questions: the prompt has no {passage}, expected it once at least",
                assertThrows(IllegalArgumentException.class, () -> new QuestionPrompt("ask", 2))
                        .getMessage());
    }

    @Test
    void make_keepsWhatFindsItsPassage(@TempDir Path folder) throws IOException {
        Map<String, String> answers = Map.of(
                "a heron eats fish",
                "A heron eats fish?\nWhat does a heron eat?\nWhat fish eats a heron?\nHerons eat fish?",
                "a mole digs",
                "what does a  heron eat?\nA mole digs?\nzzz?",
                "a crow flies",
                "Nothing");
        PassageQuestions.Made made = PassageQuestions.by(QuestionPrompt.usual(3)
                        .asking(request -> answers.get(request.substring(request.lastIndexOf(": ") + 2))))
                .perPassage(3)
                .among(1)
                .make(List.of("a heron eats fish", "a mole digs", "a crow flies", "a mole digs"), LETTERS);
        assertEquals(
                List.of(
                        TextPair.of("A heron eats fish?", PASSAGES.get(0)),
                        TextPair.of("What does a heron eat?", PASSAGES.get(0)),
                        TextPair.of("What fish eats a heron?", PASSAGES.get(0)),
                        TextPair.of("A mole digs?", PASSAGES.get(1))),
                made.pairs());
        assertEquals(
                "7 questions written; left out: 1 copies, 1 that do not find their passage, 1 beyond the number per passage;"
                        + " 4 pairs",
                made.summary());
        Path file = folder.resolve("pairs.jsonl");
        made.write(file);
        assertEquals(made.pairs(), PairData.of(file).all());
        assertEquals(4, Files.readAllLines(file).size());
    }

    @Test
    void settings_outOfRange_areRefused() {
        PassageQuestions questions = PassageQuestions.by(passage -> List.of());
        assertThrows(IllegalArgumentException.class, () -> questions.among(0));
        assertThrows(IllegalArgumentException.class, () -> questions.perPassage(0));
        assertEquals(0, questions.make(PASSAGES, LETTERS).pairs().size());
    }
}
