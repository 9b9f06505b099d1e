package org.lsradapt.console;

import org.lsradapt.lsr.internal.Controls;

/** Text out of files and arguments on a terminal, where control characters would move the cursor or change colours. */
public final class ControlCharacters {
    private ControlCharacters() {}

    /** A line with control characters, among them tabs and line ends, as Java and JSON write them. */
    public static String escaped(String text) {
        return Controls.escaped(text);
    }
}
