package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.Tokenizer;

class StreamedTextTest {
    private final List<String> pieces = new ArrayList<>();

    /** A tokenizer whose tokens are the bytes of UTF-8. */
    private static class Bytes implements Tokenizer {
        @Override
        public TokenSequence encode(String first, String second, int maxLength) {
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

    /** LLaMA's tokenizers read a run of single bytes as a whole: one that is no UTF-8 is a replacement for each byte. */
    @Test
    void runOfBytes_thatIsCutInsideOfACharacter_keepsTheCharactersBefore() {
        Bytes runs = new Bytes() {
            @Override
            public String decode(int[] ids) {
                String text = super.decode(ids);
                return text.indexOf('\uFFFD') < 0 ? text : "p" + "\uFFFD".repeat(ids.length - 1);
            }
        };
        StreamedText streamed = new StreamedText(runs, runs.ids("p"), List.of(), pieces::add);
        for (int id : runs.ids("\u04A5\u04A5")) {
            assertTrue(streamed.add(id));
        }
        assertTrue(streamed.add(0xD2));
        assertEquals("\u04A5\u04A5", streamed.finish());
        assertEquals(List.of("\u04A5", "\u04A5"), pieces);
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
