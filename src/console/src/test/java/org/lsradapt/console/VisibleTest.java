package org.lsradapt.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class VisibleTest {

    @Test
    void line_controlCharacters_areWrittenOut_andNothingElse() {
        assertEquals("a\\tb\\nc\\rd\\u001b[31m\\u0000\\u009b", Visible.line("a\tb\nc\rd\u001b[31m\0\u009b"));
        assertEquals("good\\u202e\\u2066\\u2028\\u2029", Visible.line("good\u202e\u2066\u2028\u2029"));
        String plain = "warm, cold \u00e9 \u65e5 \ud83d\ude00 \\n";
        assertEquals(plain, Visible.line(plain));
    }
}
