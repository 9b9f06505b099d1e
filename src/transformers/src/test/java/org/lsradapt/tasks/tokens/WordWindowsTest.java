package org.lsradapt.tasks.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.inputs.WordReading;

/** Words in windows of a word-piece model, whose vocabulary has a few words and all their letters. */
class WordWindowsTest {
    private static final int CLS = 2;
    private static final int SEP = 3;

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

    /** A byte-level tokenizer that puts no space before a text sees none between separate words. */
    @Test
    void separateWords_areTokenizedEachByItself() throws Exception {
        List<String> words = List.of("the", "sun", "is", "\u00e9t\u00e9");
        try (BaseModel modern = BaseModel.load(Samples.model("modernbert"))) {
            Tokenizer tokenizer = modern.tokenizer();
            WordWindows.Window joined =
                    WordWindows.of(words, tokenizer, 40).windows().get(0);
            WordWindows.Window separate = WordWindows.of(words, WordReading.SEPARATE, tokenizer, 40)
                    .windows()
                    .get(0);
            assertArrayEquals(
                    tokenizer.encode("the sun is \u00e9t\u00e9", null, 40).ids(),
                    joined.tokens().ids());
            int[] all = words.stream()
                    .flatMapToInt(word -> IntStream.of(tokenizer.ids(word)))
                    .toArray();
            int[] ids = separate.tokens().ids();
            assertArrayEquals(all, Arrays.copyOfRange(ids, 1, ids.length - 1));
            int row = 1;
            for (int i = 0; i < words.size(); i++) {
                assertEquals(row, separate.rows()[i], words.get(i));
                row += tokenizer.ids(words.get(i)).length;
            }
        }
    }

    /** Windows of separate words answer for each word once, whatever the length. */
    @Test
    void separateWords_longText_isDividedAsJoinedOnes() {
        List<String> words = Collections.nCopies(26, "sun");
        WordWindows joined = WordWindows.of(words, tokenizer(), 12);
        WordWindows separate = WordWindows.of(words, WordReading.SEPARATE, tokenizer(), 12);
        assertEquals(joined.windows().size(), separate.windows().size());
        for (int i = 0; i < joined.windows().size(); i++) {
            assertArrayEquals(
                    joined.windows().get(i).tokens().ids(),
                    separate.windows().get(i).tokens().ids());
            assertArrayEquals(
                    joined.windows().get(i).rows(), separate.windows().get(i).rows());
        }
    }

    @Test
    void shortText_isOneWindow_ofTheTokenizersOwnTokens() {
        List<String> words = List.of("the", "smiling", "sun", "mild");
        WordWindows windows = WordWindows.of(words, tokenizer(), 20);
        assertEquals(1, windows.windows().size());
        WordWindows.Window window = windows.windows().get(0);
        TokenSequence whole = tokenizer().encode("the smiling sun mild", null, 20);
        assertArrayEquals(whole.ids(), window.tokens().ids());
        assertArrayEquals(whole.typeIds(), window.tokens().typeIds());
        assertArrayEquals(new int[] {0, 1, 2, 3}, window.words());
        for (int i = 0; i < words.size(); i++) {
            assertEquals(tokenizer().ids(words.get(i))[0], window.tokens().ids()[window.rows()[i]], words.get(i));
        }
        TokenSequence labelled = windows.labelled(new int[] {0, 4, 1, 2}).get(0);
        assertEquals(
                List.of(0, 4, 1, 2),
                Arrays.stream(labelled.labels())
                        .filter(label -> label >= 0)
                        .boxed()
                        .toList());
        assertEquals(-1, labelled.labels()[0]);
        assertEquals(whole.length(), labelled.labels().length);
    }

    /** Every word is answered once, by its first token, where the poorer side is as rich as any window makes it. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 7, 12, 23})
    void longText_losesNoWord(int maxLength) {
        Random random = new Random(maxLength);
        List<String> vocabulary = List.of("the", "sun", "smiling", "wonderful", "cold", "a");
        for (int n : new int[] {1, 2, 5, 13, 40}) {
            List<String> words = IntStream.range(0, n)
                    .mapToObj(i -> vocabulary.get(random.nextInt(vocabulary.size())))
                    .toList();
            WordWindows windows = WordWindows.of(words, tokenizer(), maxLength);
            List<Integer> answered = new ArrayList<>();
            for (WordWindows.Window window : windows.windows()) {
                int[] ids = window.tokens().ids();
                assertTrue(ids.length <= maxLength);
                assertEquals(CLS, ids[0]);
                assertEquals(SEP, ids[ids.length - 1]);
                for (int i = 0; i < window.words().length; i++) {
                    answered.add(window.words()[i]);
                    assertEquals(
                            tokenizer().ids(words.get(window.words()[i]))[0],
                            ids[window.rows()[i]],
                            "a word's first token");
                }
            }
            Collections.sort(answered);
            assertEquals(IntStream.range(0, n).boxed().toList(), answered);
        }
    }

    /** One token a word: a window of 10 begins 8 behind the one before, and the two between them go to either. */
    @Test
    void wordInTwoWindows_isAnsweredWhereItHasMoreContext() {
        WordWindows windows = WordWindows.of(Collections.nCopies(26, "sun"), tokenizer(), 12);
        assertEquals(
                List.of("0-8", "9-16", "17-25"),
                windows.windows().stream()
                        .map(window -> window.words()[0] + "-" + window.words()[window.words().length - 1])
                        .toList());
    }

    /** What the tokenizer drops has no token, and is no part of a loss. */
    @Test
    void wordWithoutAToken_hasNoLabel_andTheFirstClass() {
        WordWindows windows = WordWindows.of(List.of("sun", "\u200b\u0301", "rain"), tokenizer(), 12);
        assertArrayEquals(new int[] {0, 2}, windows.windows().get(0).words());
        double[] logits = new double[windows.windows().get(0).tokens().length() * 2];
        Arrays.setAll(logits, i -> i % 2);
        List<WordWindows.Answer> answers = windows.answers(List.of(logits), 2);
        assertEquals(
                List.of(1, 0, 1),
                answers.stream().map(WordWindows.Answer::index).toList());
        assertEquals(1 / (1 + Math.exp(-1)), answers.get(0).probability(), 1e-15);
        assertEquals(0, answers.get(1).probability());
        assertEquals(
                List.of(), WordWindows.of(List.of("\u200b"), tokenizer(), 12).windows());
        assertEquals(List.of(), WordWindows.of(List.of(), tokenizer(), 12).windows());
    }

    @Test
    void noRoom_isRefused() {
        assertEquals(
                "max length is 2, expected room for a token in addition to the special ones",
                assertThrows(IllegalArgumentException.class, () -> WordWindows.of(List.of("sun"), tokenizer(), 2))
                        .getMessage());
    }
}
