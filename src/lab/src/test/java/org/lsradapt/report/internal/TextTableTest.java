package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {

    private static TextTable table() {
        TextTable table = new TextTable(1, List.of("name", "n"));
        table.add(List.of("a|b", "10"));
        table.add(List.of("longer", "9"));
        return table;
    }

    @Test
    void toText_setsNamesLeftAndNumbersRight() {
        assertEquals("name     n\na|b     10\nlonger   9\n", table().toText());
    }

    @Test
    void toMarkdown_escapesBars() {
        assertEquals("| name | n |\n| --- | ---: |\n| a\\|b | 10 |\n| longer | 9 |\n", table().toMarkdown());
    }

    @Test
    void toMarkdown_keepsARowOnALine() {
        TextTable table = new TextTable(1, List.of("name"));
        table.add(List.of("two\r\nlines"));
        assertEquals("| name |\n| --- |\n| two lines |\n", table.toMarkdown());
    }

    @Test
    void toText_escapesControlCharacters() {
        TextTable table = new TextTable(1, List.of("name", "n"));
        table.add(List.of("a\u001b[2Jb\n", "1"));
        assertEquals("name           n\na\\u001b[2Jb\\n  1\n", table.toText());
    }

    /** With the widths computed anew for each row, this takes minutes. */
    @Test
    void toText_ofManyRows_readsEachRowOnce() {
        TextTable table = new TextTable(1, List.of("token", "id"));
        for (int i = 0; i < 50_000; i++) {
            table.add(List.of("token", "1"));
        }
        String text = table.toText();
        assertEquals(50_001, text.lines().count());
    }

    @Test
    void highlight_isBoldInMarkdown() {
        TextTable table = table();
        table.highlight(1);
        assertEquals("| name | n |\n| --- | ---: |\n| a\\|b | 10 |\n| longer | **9** |\n", table.toMarkdown());
    }

    @Test
    void add_ofAnotherWidth_isRefused() {
        assertEquals(
                "table: a row of 1 cells, expected 2",
                assertThrows(IllegalArgumentException.class, () -> table().add(List.of("x")))
                        .getMessage());
    }
}
