package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jinjava.javax.el.ELException;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str} that templates call. */
final class PythonStrings {

    private PythonStrings() {}

    /**
     * Calls a method.
     *
     * @throws ELException if there is none of that name, or the arguments do not fit
     */
    static Object call(String text, String method, Object... arguments) {
        return switch (method) {
            case "startswith" -> text.startsWith(required(method, arguments, 1, 0));
            case "endswith" -> text.endsWith(required(method, arguments, 1, 0));
            case "strip" -> strip(text, optional(method, arguments), true, true);
            case "lstrip" -> strip(text, optional(method, arguments), true, false);
            case "rstrip" -> strip(text, optional(method, arguments), false, true);
            case "upper" -> none(method, text.toUpperCase(Locale.ROOT), arguments);
            case "lower" -> none(method, text.toLowerCase(Locale.ROOT), arguments);
            case "capitalize" -> none(method, capitalized(text), arguments);
            case "replace" -> text.replace(required(method, arguments, 2, 0), required(method, arguments, 2, 1));
            case "find" -> (long) text.indexOf(required(method, arguments, 1, 0));
            case "split" -> split(text, arguments);
            default -> throw new ELException("a text has no method " + method);
        };
    }

    /** As Python's, without what stands at the ends: white space where no characters are given. */
    static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        int[] points = text.codePoints().toArray();
        int from = 0;
        int to = points.length;
        while (left && from < to && isStripped(points[from], characters)) {
            from++;
        }
        while (right && to > from && isStripped(points[to - 1], characters)) {
            to--;
        }
        return new String(points, from, to - from);
    }

    private static boolean isStripped(int point, @Nullable String characters) {
        return characters == null ? isSpace(point) : characters.indexOf(point) >= 0;
    }

    /** Python's white space. */
    private static boolean isSpace(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point) || point == 0x85;
    }

    private static List<String> split(String text, Object... arguments) {
        if (arguments.length == 0) {
            return strip(text, null, true, true).isEmpty() ? List.of() : words(text);
        }
        String separator = required("split", arguments, arguments.length == 2 ? 2 : 1, 0);
        if (separator.isEmpty()) {
            throw new ELException("split: the separator is empty");
        }
        long most = arguments.length == 2 ? whole("split", arguments[1]) : -1;
        List<String> parts = new ArrayList<>();
        int from = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && parts.size() != most) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
            at = text.indexOf(separator, from);
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int[] points = text.codePoints().toArray();
        int from = 0;
        for (int i = 0; i <= points.length; i++) {
            if (i == points.length || isSpace(points[i])) {
                if (i > from) {
                    words.add(new String(points, from, i - from));
                }
                from = i + 1;
            }
        }
        return words;
    }

    private static String capitalized(String text) {
        int first = text.offsetByCodePoints(0, Math.min(1, text.length()));
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static Object none(String method, Object value, Object... arguments) {
        count(method, arguments, 0);
        return value;
    }

    private static @Nullable String optional(String method, Object... arguments) {
        return arguments.length == 0 || arguments[0] == null ? null : required(method, arguments, 1, 0);
    }

    private static String required(String method, Object[] arguments, int count, int index) {
        count(method, arguments, count);
        if (!(arguments[index] instanceof String text)) {
            throw new ELException(method + ": found " + Arrays.toString(arguments) + ", expected texts");
        }
        return text;
    }

    private static void count(String method, Object[] arguments, int count) {
        if (arguments.length != count) {
            throw new ELException(method + ": found " + arguments.length + " arguments, expected " + count);
        }
    }

    private static long whole(String method, Object argument) {
        if (!(argument instanceof Number number)) {
            throw new ELException(method + ": found " + argument + ", expected a whole number");
        }
        return number.longValue();
    }
}
