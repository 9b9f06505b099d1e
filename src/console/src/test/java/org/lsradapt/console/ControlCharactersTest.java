package org.lsradapt.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ControlCharactersTest {

    @Test
    void escaped_controlCharacters_areWrittenOut_andNothingElse() {
        assertEquals(
                "a\\tb\\nc\\rd\\u001b[31m\\u0000\\u009b", ControlCharacters.escaped("a\tb\nc\rd\u001b[31m\0\u009b"));
        String plain = "warm, cold \u00e9 \u65e5 \ud83d\ude00 \\n";
        assertEquals(plain, ControlCharacters.escaped(plain));
    }
}
