package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

class TextSequencesTest {

    /** Letters are tokens, but "ab" is one, 1000; 1 begins a text and 2 ends it. */
    private record Letters(boolean begins, boolean ends) implements Tokenizer {
        @Override
        public TokenSequence encode(String first, String second, int maxLength) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int specialTokens(boolean pair) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Token> tokens(String first, String second, int maxLength) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int[] ids(String text) {
            return text.replace("ab", "\u03e8").chars().toArray();
        }

        @Override
        public String decode(int[] ids) {
            return IntStream.of(ids).mapToObj(Character::toString).collect(Collectors.joining());
        }

        @Override
        public OptionalInt beginToken() {
            return begins ? OptionalInt.of(1) : OptionalInt.empty();
        }

        @Override
        public OptionalInt endToken() {
            return ends ? OptionalInt.of(2) : OptionalInt.empty();
        }
    }

    private static List<TokenSequence> encode(boolean special, int maxLength, PromptCompletion... texts) {
        return TextSequences.encode(List.of(texts), new Letters(special, special), maxLength);
    }

    private static void assertSequence(TokenSequence sequence, int given, int... ids) {
        assertArrayEquals(ids, sequence.ids());
        assertArrayEquals(new int[ids.length], sequence.typeIds());
        assertEquals(given, sequence.given());
    }

    @Test
    void encode_plainText_predictsAllButTheFirstToken() {
        assertSequence(encode(true, 9, PromptCompletion.text("xyz")).get(0), 1, 1, 'x', 'y', 'z', 2);
        assertSequence(encode(false, 9, PromptCompletion.text("xyz")).get(0), 1, 'x', 'y', 'z');
        assertTrue(encode(false, 9, PromptCompletion.text("x")).isEmpty(), "nothing to predict");
    }

    @Test
    void encode_prompt_isGiven() {
        assertSequence(encode(true, 9, new PromptCompletion("xy", "z")).get(0), 3, 1, 'x', 'y', 'z', 2);
        assertSequence(encode(false, 9, new PromptCompletion("xy", "z")).get(0), 2, 'x', 'y', 'z');
        List<TokenSequence> joined = encode(true, 9, new PromptCompletion("xa", "bz"));
        assertSequence(joined.get(0), 2, 1, 'x', 1000, 'z', 2);
    }

    @Test
    void encode_longText_predictsEachTokenOnce() {
        String text = "cdefghijklmnopqrstuvw";
        for (int maxLength = 2; maxLength < 26; maxLength++) {
            StringBuilder predicted = new StringBuilder();
            for (TokenSequence sequence : encode(true, maxLength, PromptCompletion.text(text))) {
                assertTrue(sequence.length() <= maxLength, "length " + sequence.length());
                for (int i = sequence.given(); i < sequence.length(); i++) {
                    predicted.appendCodePoint(sequence.ids()[i]);
                }
            }
            assertEquals(text + "\u0002", predicted.toString(), "windows of " + maxLength);
        }
    }

    @Test
    void encode_longPrompt_leavesWindowsWithoutACompletionOut() {
        List<TokenSequence> sequences =
                encode(true, 4, new PromptCompletion("tuvwx", "yz"), PromptCompletion.text("q"));
        assertEquals(3, sequences.size());
        assertSequence(sequences.get(0), 3, 'v', 'w', 'x', 'y');
        assertSequence(sequences.get(1), 1, 'y', 'z', 2);
        assertSequence(sequences.get(2), 1, 1, 'q', 2);
    }

    @Test
    void encode_windowsOfOneToken_areRefused() {
        assertEquals(
                "text sequences: maxLength is 1, expected >= 2",
                assertThrows(IllegalArgumentException.class, () -> encode(true, 1, PromptCompletion.text("x")))
                        .getMessage());
    }
}
