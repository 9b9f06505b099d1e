package org.lsradapt.cli.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;

class TextLinesTest {
    private static final TextLines SINGLE = new TextLines("input", Optional.of(false));

    private static InputStream of(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> texts(String text) throws IOException {
        return SINGLE.read(of(text)).stream().map(Example::first).toList();
    }

    @Test
    void read_aByteOrderMark_isNoPartOfTheFirstText() throws IOException {
        assertEquals(List.of("first", "\ufeffsecond"), texts("\ufefffirst\n\ufeffsecond\n"));
    }

    /** Says the same for ever. */
    private static final class Endless extends InputStream {
        private int at;

        @Override
        public int read() {
            return "word\n".charAt(at++ % 5);
        }

        @Override
        public int read(byte[] bytes, int from, int count) {
            for (int i = 0; i < count; i++) {
                bytes[from + i] = (byte) read();
            }
            return count;
        }
    }

    @Test
    void read_lines_endAtLineFeedsAlone() throws IOException {
        assertEquals(List.of("a", "b\rc", "é"), texts("a\r\nb\rc\r\né"));
        assertEquals(List.of("a"), texts("a\n"));
        assertEquals(List.of(), texts(""));
        assertThrows(BadInput.class, () -> texts("a\n\nb"));
    }

    @Test
    void forEach_moreThanAtOnce_takesAllInTheirOrder() throws IOException {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            expected.add("text " + i);
        }
        List<Integer> sizes = new ArrayList<>();
        List<String> found = new ArrayList<>();
        SINGLE.forEach(of(String.join("\n", expected)), some -> {
            sizes.add(some.size());
            return found.addAll(some.stream().map(Example::first).toList());
        });
        assertEquals(expected, found);
        assertEquals(List.of(1024, 1024, 452), sizes);
    }

    @Test
    void forEach_withoutEnd_stopsWhenNoMoreIsWanted() throws IOException {
        List<Example> taken = new ArrayList<>();
        SINGLE.forEach(new Endless(), some -> {
            taken.addAll(some);
            return taken.size() < 5000;
        });
        assertEquals(5 * 1024, taken.size());
    }

    @Test
    void forEach_aMistakeFarBehind_isNamedByItsLine() {
        List<Example> taken = new ArrayList<>();
        String message = assertThrows(
                        BadInput.class, () -> SINGLE.forEach(of("a\n".repeat(3000) + "a\tb\n"), taken::addAll))
                .getMessage();
        assertTrue(message.startsWith("input, line 3001: found 2 texts"), message);
        assertEquals(2048, taken.size());
    }
}
