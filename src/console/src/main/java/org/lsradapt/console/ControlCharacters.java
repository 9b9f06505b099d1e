package org.lsradapt.console;

import org.lsradapt.lsr.internal.Controls;

/** Escapes text from files and arguments for a terminal, where control characters would move the cursor or change colours. */
public final class ControlCharacters {
    private ControlCharacters() {}

    /** Writes control characters, including tabs and line ends, as Java and JSON do. */
    public static String escaped(String text) {
        return Controls.escaped(text);
    }
}
