package org.lsradapt.console;

import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Text out of files and arguments on a terminal, where control characters would move the cursor, change colours, or show
 * what comes behind them in another order.
 */
public final class Visible {
    private Visible() {}

    /** A line with control characters, among them tabs, line ends and changes of direction, as Java and JSON write them. */
    public static String line(String text) {
        return text.codePoints().mapToObj(Visible::character).collect(Collectors.joining());
    }

    private static String character(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> isControl(c) ? String.format(Locale.ROOT, "\\u%04x", c) : Character.toString(c);
        };
    }

    private static boolean isControl(int c) {
        int type = Character.getType(c);
        if (Character.isISOControl(c) || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR) {
            return true;
        }
        int direction = Character.getDirectionality(c);
        return direction >= Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING
                && direction <= Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE;
    }
}
