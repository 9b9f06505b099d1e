package org.lsradapt.lsr.internal;

import java.util.Locale;
import java.util.stream.Collectors;

/** Makes text of files and arguments safe to print: control characters move the cursor, change colours or end lines. */
public final class Controls {
    private Controls() {}

    /** The text on one line, with control characters, tabs and line ends written as in Java and JSON. */
    public static String escaped(String text) {
        return text.codePoints().mapToObj(Controls::escaped).collect(Collectors.joining());
    }

    private static String escaped(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default ->
                switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SURROGATE -> String.format(Locale.ROOT, "\\u%04x", c);
                    default -> Character.toString(c);
                };
        };
    }
}
