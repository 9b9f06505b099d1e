package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DelimitedRowsTest {

    /** Bytes that know whether they were closed. */
    private static final class Watched extends ByteArrayInputStream {
        private boolean closed;

        Watched(String content) {
            super(content.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static DelimitedRows open(InputStream in, DataFormat format) throws IOException {
        return DelimitedRows.open(in, "there", format);
    }

    @Test
    void next_givesRowAfterRow_alsoOfAHeaderAlone() throws IOException {
        Watched in = new Watched("a;b\n1;\"2;\n3\"\n\n");
        try (DelimitedRows rows = open(in, DataFormat.CSV_SEMICOLON)) {
            assertEquals(List.of("a", "b"), rows.columns());
            assertEquals(Optional.of(List.of("1", "2;\n3")), rows.next());
            assertEquals(Optional.empty(), rows.next());
            assertEquals(Optional.empty(), rows.next());
        }
        assertTrue(in.closed);
        try (DelimitedRows rows = open(new Watched("a\tb\n"), DataFormat.TSV_UNQUOTED)) {
            assertEquals(Optional.empty(), rows.next());
        }
    }

    @Test
    void next_ofAMalformedRow_namesItsLine_afterTheRowsBeforeIt() throws IOException {
        try (DelimitedRows rows = open(new Watched("a,b\n1,2\n1,2,3\n"), DataFormat.CSV)) {
            assertEquals(Optional.of(List.of("1", "2")), rows.next());
            String message = assertThrows(IOException.class, rows::next).getMessage();
            assertTrue(message.startsWith("there, line 3: found 3 columns, expected 2 (a, b)"), message);
        }
    }

    @Test
    void open_withoutAHeader_isRefused_andClosesTheFile() {
        Watched empty = new Watched("");
        assertEquals(
                "there: the file is empty, expected a header",
                assertThrows(IOException.class, () -> open(empty, DataFormat.CSV))
                        .getMessage());
        assertTrue(empty.closed);
        assertEquals(
                "there, line 1: found an empty line, expected a header",
                assertThrows(IOException.class, () -> open(new Watched("\na\n"), DataFormat.TSV))
                        .getMessage());
        assertEquals(
                "there: the format is json-lines, expected one with a header",
                assertThrows(IllegalArgumentException.class, () -> open(new Watched("{}"), DataFormat.JSON_LINES))
                        .getMessage());
    }
}
