package org.lsradapt.console;

import java.util.Locale;
import java.util.stream.Collectors;

/** Text out of files and arguments on a terminal, where control characters would move the cursor or change colours. */
public final class ControlCharacters {
    private ControlCharacters() {}

    /** A line with control characters, among them tabs and line ends, as Java and JSON write them. */
    public static String escaped(String text) {
        return text.codePoints().mapToObj(ControlCharacters::escaped).collect(Collectors.joining());
    }

    private static String escaped(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> Character.isISOControl(c) ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c);
        };
    }
}
