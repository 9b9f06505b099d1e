package org.lsradapt.tasks.masked;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.transformer.inputs.MaskedText;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

class MaskedTextsTest {
    private static final int MASK = 4;
    private static final int VOCABULARY = 80;
    private static final MaskedText.Masks MASKS = new MaskedText.Masks(MASK, VOCABULARY, 0.15);

    private static MaskedText text(int tokens, int... words) {
        int[] ids = new int[tokens];
        Arrays.setAll(ids, i -> 10 + i);
        return new MaskedText(new TokenSequence(ids, new int[tokens]), words, MASKS, 7);
    }

    private static Set<Integer> hidden(TokenSequence read) {
        Set<Integer> hidden = new TreeSet<>();
        for (int i = 0; i < read.length(); i++) {
            if (read.labels()[i] != TokenSequence.UNLABELLED) {
                hidden.add(i);
            }
        }
        return hidden;
    }

    @Test
    void hiddenTokens_areWholeWords_otherOnesInEachEpoch_andTheSameEachTime() {
        int[] words = new int[42];
        Arrays.setAll(words, i -> i == 0 || i == 41 ? -1 : (i - 1) / 2);
        MaskedText text = text(42, words);
        Set<Set<Integer>> seen = new HashSet<>();
        for (int epoch = 0; epoch < 20; epoch++) {
            TokenSequence read = text.inEpoch(epoch);
            assertArrayEquals(read.ids(), text.inEpoch(epoch).ids());
            assertArrayEquals(read.labels(), text.inEpoch(epoch).labels());
            Set<Integer> hidden = hidden(read);
            assertEquals(6, hidden.size(), "0.15 of 40 tokens");
            for (int token : hidden) {
                assertTrue(token > 0 && token < 41, "special tokens stay");
                assertTrue(hidden.contains((token - 1) / 2 * 2 + 1) && hidden.contains((token - 1) / 2 * 2 + 2));
                assertEquals(10 + token, read.labels()[token]);
            }
            for (int i = 0; i < 42; i++) {
                assertTrue(hidden.contains(i) || read.ids()[i] == 10 + i, "a token that is not hidden stays");
            }
            seen.add(hidden);
        }
        assertTrue(seen.size() > 15, seen::toString);
    }

    @Test
    void hiddenTokens_becomeMasksRandomTokensOrStay() {
        int[] words = new int[1000];
        Arrays.setAll(words, i -> i);
        MaskedText text = text(1000, words);
        int masks = 0;
        int kept = 0;
        int all = 0;
        for (int epoch = 1; epoch <= 40; epoch++) {
            TokenSequence read = text.inEpoch(epoch);
            for (int token : hidden(read)) {
                masks += read.ids()[token] == MASK ? 1 : 0;
                kept += read.ids()[token] == read.labels()[token] ? 1 : 0;
                assertTrue(read.ids()[token] == read.labels()[token] || read.ids()[token] < VOCABULARY);
                all++;
            }
        }
        assertEquals(6000, all);
        // Four deviations of a binomial; a token in 80 is the mask by chance.
        assertEquals(0.8 + 0.1 / VOCABULARY, (double) masks / all, 0.021);
        assertEquals(0.1, (double) kept / all, 0.016);
    }

    @Test
    void oneTokenAtLeastIsHidden_ofAWordThatIsTooLong() {
        assertEquals(1, hidden(text(3, -1, 0, -1).inEpoch(1)).size());
        assertEquals(1, hidden(text(6, -1, 0, 0, 0, 0, -1).inEpoch(1)).size());
        for (int epoch = 0; epoch < 10; epoch++) {
            // One token of 7: the word of three is passed by.
            assertFalse(hidden(text(9, -1, 0, 0, 0, 1, 2, 3, 4, -1).inEpoch(epoch)).stream()
                    .anyMatch(token -> token < 4));
        }
    }

    @Test
    void unusableTexts_areRefused() {
        assertEquals(
                "masked text: none of 2 tokens is of a word",
                assertThrows(IllegalArgumentException.class, () -> text(2, -1, -1))
                        .getMessage());
        assertEquals(
                "masked text: 1 indices of words for 2 tokens, expected one for each",
                assertThrows(IllegalArgumentException.class, () -> text(2, 0)).getMessage());
        assertEquals(
                "mask rate is 1.0, expected above 0 and below 1",
                assertThrows(IllegalArgumentException.class, () -> new MaskedText.Masks(4, 80, 1))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({"bert-masked, 4, 2", "xlm-roberta, 71, 2"})
    void encode_cutsBetweenWords_andLosesNoToken(String model, int mask, int special) throws IOException {
        String text = "\ud83d\ude00 the sunny rainy the sunny sunny, rainy the the sun. "
                .repeat(9)
                .strip();
        try (PretrainedModel files = Models.load(Samples.model(model))) {
            Tokenizer tokenizer = files.tokenizer();
            MaskedText.Masks masks = new MaskedText.Masks(mask, files.model().vocabulary(), 0.3);
            List<MaskedText> windows = MaskedTexts.encode(List.of(text, "", " . "), tokenizer, masks, 17, 3);
            List<Integer> read = new ArrayList<>();
            for (MaskedText window : windows) {
                assertTrue(window.length() <= 17);
                TokenSequence tokens = window.inEpoch(1);
                for (int i = 1; i < tokens.length() - special / 2; i++) {
                    read.add(tokens.labels()[i] == TokenSequence.UNLABELLED ? tokens.ids()[i] : tokens.labels()[i]);
                }
            }
            List<Integer> expected = new ArrayList<>();
            Arrays.stream(tokenizer.ids(text)).forEach(expected::add);
            Arrays.stream(tokenizer.ids(" . ")).forEach(expected::add);
            assertEquals(expected, read);
            assertEquals(
                    "max length is 2, expected room for a token in addition to the special ones",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> MaskedTexts.encode(List.of(text), tokenizer, masks, 2, 3))
                            .getMessage());
        }
    }
}
