package org.lsradapt.tasks.answers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

class AnswerWindowsTest {
    private static final String QUESTION = "is the sun warm?";
    private static final String PASSAGE = "\ud83d\ude00 " + "the rain is cold, and the sun smiling. ".repeat(6) + "end";

    private static BaseModel model;

    @BeforeAll
    static void load() throws Exception {
        model = BaseModel.load(Samples.model("bert"));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Tokenizer tokenizer() {
        return model.tokenizer();
    }

    @Test
    void shortPassage_isThePairAsTheTokenizerHasIt() {
        AnswerWindows windows = AnswerWindows.of("  " + QUESTION, "the rain", tokenizer(), 32);
        assertEquals(1, windows.windows().size());
        TokenSequence pair = tokenizer().encode(QUESTION, "the rain", 32);
        assertArrayEquals(pair.ids(), windows.windows().get(0).tokens().ids());
        assertArrayEquals(pair.typeIds(), windows.windows().get(0).tokens().typeIds());
        assertArrayEquals(new int[] {0, 4}, windows.windows().get(0).starts());
        assertArrayEquals(new int[] {3, 8}, windows.windows().get(0).ends());
    }

    /** As Hugging Face's tokenizers cut the second text alone, with a stride of a third. */
    @Test
    void longPassage_isInWindowsThatOverlap_withTheWholeQuestion() {
        int length = 27;
        AnswerWindows windows = AnswerWindows.of(QUESTION, PASSAGE, tokenizer(), length);
        int question = tokenizer().ids(QUESTION).length + 2;
        int room = length - question - 1;
        int total = tokenizer().ids(PASSAGE).length;
        assertEquals((total - 9 + room - 9 - 1) / (room - 9), windows.windows().size());
        for (int i = 0; i < windows.windows().size(); i++) {
            AnswerWindows.Window window = windows.windows().get(i);
            assertArrayEquals(
                    Arrays.copyOf(tokenizer().encode(QUESTION, "a", length).ids(), question),
                    Arrays.copyOf(window.tokens().ids(), question));
            assertEquals(question, window.first());
            int from = i * (room - 9);
            int[] part = Arrays.copyOfRange(tokenizer().ids(PASSAGE), from, Math.min(total, from + room));
            assertArrayEquals(
                    part,
                    Arrays.copyOfRange(
                            window.tokens().ids(), question, window.tokens().length() - 1));
        }
        AnswerWindows.Window last = windows.windows().get(windows.windows().size() - 1);
        assertEquals(PASSAGE.length(), last.ends()[last.ends().length - 1]);
        assertEquals(2, windows.windows().get(0).ends()[0], "a character of two units");
    }

    @Test
    void questionThatLeavesNoRoom_isRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> AnswerWindows.of("the sun ".repeat(15), PASSAGE, tokenizer(), 32))
                .getMessage();
        assertTrue(
                message.startsWith(
                        "question answering: the question has 33 tokens with the special ones, max length 32"),
                message);
        message = assertThrows(IllegalArgumentException.class, () -> AnswerWindows.of(QUESTION, " ", tokenizer(), 32))
                .getMessage();
        assertTrue(message.contains("the passage has no token"), message);
    }

    /** Each window that has the answer learns its first and last token, the others the first token of all. */
    @Test
    void labels_areOfTheTokensThatCoverTheAnswer() {
        int begin = PASSAGE.indexOf("cold", 80);
        AnsweredQuestion question =
                new AnsweredQuestion(QUESTION, PASSAGE, List.of(new Answer("cold, and the sun smiling", begin)));
        AnswerWindows windows = AnswerWindows.of(QUESTION, PASSAGE, tokenizer(), 32);
        int answered = 0;
        for (int i = 0; i < windows.windows().size(); i++) {
            AnswerWindows.Window window = windows.windows().get(i);
            int[] labels = windows.labelled(question).get(i).labels();
            int[] marked = IntStream.range(0, labels.length)
                    .filter(t -> labels[t] != 0)
                    .toArray();
            if (marked[0] == 0) {
                assertEquals(3, labels[0]);
                assertTrue(window.starts()[0] > begin || window.ends()[window.ends().length - 1] < begin + 25);
                continue;
            }
            answered++;
            assertEquals(begin, window.starts()[marked[0] - window.first()]);
            assertEquals(begin + 25, window.ends()[marked[1] - window.first()]);
            assertFalse(AnswerWindows.isTooLong(windows.labelled(question).get(i)));
        }
        assertTrue(answered >= 1 && answered < windows.windows().size());
        for (TokenSequence labelled : windows.labelled(AnsweredQuestion.unanswerable(QUESTION, PASSAGE))) {
            assertEquals(3, labelled.labels()[0]);
            assertEquals(3, IntStream.of(labelled.labels()).sum());
        }
    }

    /** Against all pairs of a start and an end of all windows. */
    @Test
    void spans_areTheBestPairs() {
        Random random = new Random(4);
        AnswerWindows windows = AnswerWindows.of(QUESTION, PASSAGE, tokenizer(), 32);
        List<double[]> outputs = windows.windows().stream()
                .map(window ->
                        random.doubles(2L * window.tokens().length(), -3, 3).toArray())
                .toList();
        AnswerWindows.Spans found = windows.spans(outputs);
        List<double[]> all = new ArrayList<>();
        double none = Double.POSITIVE_INFINITY;
        for (int w = 0; w < outputs.size(); w++) {
            double[] logits = outputs.get(w);
            AnswerWindows.Window window = windows.windows().get(w);
            none = Math.min(none, logits[0] + logits[1]);
            for (int s = 0; s < window.starts().length; s++) {
                for (int e = s; e < Math.min(window.starts().length, s + AnswerWindows.LONGEST); e++) {
                    all.add(new double[] {
                        window.starts()[s],
                        window.ends()[e],
                        logits[2 * (window.first() + s)] + logits[2 * (window.first() + e) + 1]
                    });
                }
            }
        }
        all.sort(Comparator.comparingDouble(span -> -span[2]));
        assertEquals(none, found.noAnswer());
        assertEquals(20, found.spans().size());
        double total = found.spans().stream()
                        .mapToDouble(span -> Math.exp(span.score()))
                        .sum()
                + Math.exp(none);
        AnswerWindows.Span first = found.spans().get(0);
        assertEquals(all.get(0)[0], first.start());
        assertEquals(all.get(0)[1], first.end());
        assertEquals(all.get(0)[2], first.score());
        for (AnswerWindows.Span span : found.spans()) {
            assertEquals(Math.exp(span.score()) / total, span.probability(), 1e-12);
        }
        assertEquals(none - first.score(), found.margin());
        assertTrue(found.best(found.margin()).isPresent());
        assertTrue(found.best(found.margin() - 1e-9).isEmpty());
        assertTrue(new AnswerWindows.Spans(List.of(), 0)
                .best(Double.POSITIVE_INFINITY)
                .isEmpty());
    }

    /** The best F1 of SQuAD's script is reached; golden/spans has the generator. */
    @Test
    void threshold_hasTheBestF1() throws Exception {
        JsonNode golden;
        try (InputStream in = getClass().getResourceAsStream("/golden/spans/squad.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        List<AnsweredQuestion> questions = new ArrayList<>();
        List<AnswerWindows> windows = new ArrayList<>();
        List<AnswerWindows.Spans> said = new ArrayList<>();
        for (JsonNode row : golden.get("questions")) {
            StringBuilder passage = new StringBuilder(row.get("predicted").textValue() + " ");
            List<Answer> answers = new ArrayList<>();
            for (JsonNode answer : row.get("answers")) {
                answers.add(new Answer(answer.textValue(), passage.length()));
                passage.append(answer.textValue()).append(' ');
            }
            questions.add(new AnsweredQuestion("q", passage + ".", answers));
            windows.add(new AnswerWindows(passage + ".", List.of()));
            said.add(new AnswerWindows.Spans(
                    List.of(new AnswerWindows.Span(
                            0, row.get("predicted").textValue().length(), 0, 1)),
                    row.get("margin").doubleValue()));
        }
        double threshold = AnswerEvaluation.threshold(questions, windows, said);
        double best = golden.get("best_threshold").doubleValue();
        assertTrue(threshold > best, "behind the last answered question: " + threshold);
        assertEquals(
                said.stream().filter(one -> one.margin() <= best).count(),
                said.stream().filter(one -> one.margin() <= threshold).count());
    }
}
