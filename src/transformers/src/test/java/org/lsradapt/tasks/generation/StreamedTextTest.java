package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

class StreamedTextTest {
    private final List<String> pieces = new ArrayList<>();

    /** A tokenizer whose tokens are the bytes of UTF-8. */
    private static class Bytes implements Tokenizer {
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
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = bytes[i] & 0xFF;
            }
            return ids;
        }

        @Override
        public String decode(int[] ids) {
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = (byte) ids[i];
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public OptionalInt beginToken() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt endToken() {
            return OptionalInt.empty();
        }
    }

    /** Streams a text; how many of its tokens were taken. */
    private int stream(String text, String... stops) {
        Bytes bytes = new Bytes();
        StreamedText streamed = new StreamedText(bytes, bytes.ids("prompt"), List.of(stops), pieces::add);
        int taken = 0;
        for (int id : bytes.ids(text)) {
            taken++;
            if (!streamed.add(id)) {
                break;
            }
        }
        String whole = streamed.finish();
        assertEquals(whole, String.join("", pieces), "the pieces are the text");
        return taken;
    }

    private String text() {
        return String.join("", pieces);
    }

    @Test
    void text_comesTokenByToken() {
        assertEquals(5, stream("hello"));
        assertEquals(List.of("h", "e", "l", "l", "o"), pieces);
    }

    @Test
    void character_ofSeveralTokens_comesWhole() {
        stream("é🙂!");
        assertEquals(List.of("é", "🙂", "!"), pieces);
    }

    @Test
    void incompleteCharacterAtTheEnd_isPassedOnAtLast() {
        Bytes bytes = new Bytes();
        StreamedText streamed = new StreamedText(bytes, bytes.ids("p"), List.of(), pieces::add);
        assertTrue(streamed.add('a'));
        assertTrue(streamed.add(0xC3));
        assertEquals(List.of("a"), pieces);
        assertEquals("a\uFFFD", streamed.finish());
        assertEquals("a\uFFFD", text());
    }

    /**
     * As LLaMA's tokenizers decode: tokens below 256 are bytes, of which a run that is no UTF-8 becomes a replacement for
     * each; the others are letters.
     */
    private static final class ByteFallback extends Bytes {
        @Override
        public int[] ids(String text) {
            return text.chars().map(letter -> letter + 256).toArray();
        }

        @Override
        public String decode(int[] ids) {
            StringBuilder text = new StringBuilder();
            int from = 0;
            for (int at = 0; at <= ids.length; at++) {
                if (at == ids.length || ids[at] >= 256) {
                    String run = super.decode(Arrays.copyOfRange(ids, from, at));
                    text.append(run.indexOf('\uFFFD') < 0 ? run : "\uFFFD".repeat(at - from));
                    text.append(at == ids.length ? "" : (char) (ids[at] - 256));
                    from = at + 1;
                }
            }
            return text.toString();
        }
    }

    /** Letters are themselves, two digits a byte; of the pieces "~" is a line feed and "?" a replacement. */
    @ParameterizedTest
    @CsvSource({
        // Cut inside of a character.
        "d2 a5 d2 a5 d2, \u04A5|\u04A5|?",
        // A byte that belongs to no character, behind one that is whole.
        "0a eb l o, ~|?l|o",
        "d2 a5 ab x 0a ab ab 41 y z, \u04A5|?x|~|???y|z",
        "eb x, ?x",
        "x d2 a5 y, x|\u04A5|y"
    })
    void runOfBytes_thatIsNoUtf8_keepsWhatWasCompleteBeforeAndLosesNothingBehind(String tokens, String expected) {
        for (boolean behindBytes : new boolean[] {false, true}) {
            pieces.clear();
            int[] prompt = behindBytes ? new int[] {'p' + 256, 0xD2, 0xA5} : new int[] {'p' + 256};
            StreamedText streamed = new StreamedText(new ByteFallback(), prompt, List.of(), pieces::add);
            for (String token : tokens.split(" ")) {
                assertTrue(streamed.add(token.length() == 1 ? token.charAt(0) + 256 : Integer.parseInt(token, 16)));
            }
            String whole = streamed.finish();
            String read = expected.replace('~', '\n').replace('?', '\uFFFD');
            assertEquals(List.of(read.split("\\|")), pieces);
            assertEquals(read.replace("|", ""), whole);
        }
    }

    @Test
    void stopString_endsTheTextBeforeIt_andNoPartOfItIsPassedOn() {
        assertEquals(7, stream("one\n\nQ: two", "\n\nQ:", "two"));
        assertEquals("one", text());
        assertFalse(pieces.contains("\n"));
    }

    @Test
    void beginningOfAStopString_isPassedOnOnceItIsNone() {
        stream("a\nb\n", "\n\n");
        assertEquals("a\nb\n", text());
        assertEquals(List.of("a", "\nb", "\n"), pieces);
    }

    @Test
    void stopString_atTheBeginning_leavesNoText() {
        assertEquals(1, stream("#x", "#"));
        assertEquals(List.of(), pieces);
    }
}
