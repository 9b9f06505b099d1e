package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;

/** The methods of Python's {@code str} that templates call. */
final class Texts {
    /** The characters that Python takes for white space. */
    static final String SPACE =
            "\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004"
                    + "\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    private static final String LINE_ENDS = "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029";

    private Texts() {}

    static boolean isSpace(int character) {
        return SPACE.indexOf(character) >= 0;
    }

    /** Whether nothing but white space, and some of it, follows. */
    static boolean isBlank(String text, int from) {
        return from < text.length() && text.substring(from).chars().allMatch(Texts::isSpace);
    }

    /** The method of that name, or null. */
    static @Nullable Function method(String text, String name) {
        return switch (name) {
            case "strip" -> (budget, given) -> strip(budget, text, given, true, true);
            case "lstrip" -> (budget, given) -> strip(budget, text, given, true, false);
            case "rstrip" -> (budget, given) -> strip(budget, text, given, false, true);
            case "upper", "lower", "title", "capitalize" ->
                (budget, given) -> {
                    given.unnamed(name, 0, 0);
                    return cased(budget, text, name);
                };
            case "startswith" -> (budget, given) -> affixed(budget, text, given, true);
            case "endswith" -> (budget, given) -> affixed(budget, text, given, false);
            case "removeprefix" ->
                (budget, given) -> {
                    String affix = string(given.unnamed(name, 1, 1)[0]);
                    return budget.text(text.startsWith(affix) ? text.substring(affix.length()) : text);
                };
            case "removesuffix" ->
                (budget, given) -> {
                    String affix = string(given.unnamed(name, 1, 1)[0]);
                    return budget.text(text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text);
                };
            case "replace" ->
                (budget, given) -> {
                    Object[] all = given.unnamed(name, 2, 3);
                    return replace(budget, text, string(all[0]), string(all[1]), count(all[2]));
                };
            case "split", "rsplit" -> (budget, given) -> split(budget, text, given, name);
            case "splitlines" ->
                (budget, given) -> {
                    Object kept = given.bind(name, 0, "keepends")[0];
                    return new Sequence(lines(budget, text, kept != null && Operators.truth(kept)), false);
                };
            case "partition", "rpartition" ->
                (budget, given) ->
                        partition(budget, text, string(given.unnamed(name, 1, 1)[0]), name.equals("partition"));
            case "join" -> (budget, given) -> joined(budget, text, given.unnamed(name, 1, 1)[0]);
            case "find", "rfind", "index", "count" -> (budget, given) -> search(budget, text, given, name);
            case "format" -> (budget, given) -> Formats.format(budget, text, given);
            case "isdigit" ->
                (budget, given) -> {
                    given.unnamed(name, 0, 0);
                    if (!text.chars().allMatch(c -> c < 128)) {
                        throw new Failure("isdigit of other characters than ASCII is not supported");
                    }
                    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
                };
            default -> null;
        };
    }

    static String string(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new Failure("expected a str, found " + (value == null ? "nothing" : Values.type(value)));
    }

    /** A number of times, -1 for all. */
    private static long count(@Nullable Object value) {
        if (value == null) {
            return -1;
        }
        BigInteger number = integer(value);
        return number.signum() < 0
                ? -1
                : number.min(BigInteger.valueOf(Integer.MAX_VALUE)).longValue();
    }

    static BigInteger integer(Object value) {
        if (value instanceof Boolean known) {
            return known ? BigInteger.ONE : BigInteger.ZERO;
        }
        if (value instanceof BigInteger number) {
            return number;
        }
        throw new Failure("'" + Values.type(value) + "' object cannot be interpreted as an integer");
    }

    private static String strip(Budget budget, String text, Arguments given, boolean left, boolean right) {
        Object characters = given.unnamed("strip", 0, 1)[0];
        String set = characters == null || characters instanceof None ? SPACE : string(characters);
        budget.work(1 + text.length() / 8L * (SPACE.equals(set) ? 1 : 1 + set.length()));
        return budget.text(strip(text, set, left, right));
    }

    static String strip(String text, String set, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && set.indexOf(text.codePointAt(from)) >= 0) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && from < to && set.indexOf(text.codePointBefore(to)) >= 0) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    static String cased(Budget budget, String text, String how) {
        budget.characters(3L * text.length());
        return budget.text(
                switch (how) {
                    case "upper" -> text.toUpperCase(Locale.ROOT);
                    case "lower" -> text.toLowerCase(Locale.ROOT);
                    case "capitalize" -> capitalized(text);
                    default -> title(text);
                });
    }

    private static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        String before = Character.toString(first).toLowerCase(Locale.ROOT);
        return titled(first) + text.toLowerCase(Locale.ROOT).substring(before.length());
    }

    private static String title(String text) {
        StringBuilder titled = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            titled.append(inWord ? Character.toString(point).toLowerCase(Locale.ROOT) : titled(point));
            inWord = Character.isLowerCase(point) || Character.isUpperCase(point) || Character.isTitleCase(point);
        }
        return titled.toString();
    }

    private static String titled(int point) {
        String upper = Character.toString(point).toUpperCase(Locale.ROOT);
        int first = upper.codePointAt(0);
        return Character.toTitleCase(point) != point || upper.length() == Character.charCount(first)
                ? Character.toString(Character.toTitleCase(point))
                : Character.toString(first)
                        + upper.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
    }

    private static boolean affixed(Budget budget, String text, Arguments given, boolean atBegin) {
        Object affix = given.unnamed("startswith and endswith", 1, 1)[0];
        budget.work(text.length() / 8);
        if (affix instanceof Sequence several && several.isTuple()) {
            budget.work((long) several.items().size() * (1 + text.length() / 8));
            for (Object one : several.items()) {
                if (atBegin ? text.startsWith(string(one)) : text.endsWith(string(one))) {
                    return true;
                }
            }
            return false;
        }
        return atBegin ? text.startsWith(string(affix)) : text.endsWith(string(affix));
    }

    /** Python's {@code replace}, of at most so many, or all if that is negative. */
    static String replace(Budget budget, String text, String old, String by, long count) {
        Text made = new Text(budget);
        budget.work(text.length());
        int from = 0;
        if (old.isEmpty()) {
            for (long left = count; left != 0 && from <= text.length(); left--) {
                made.add(by);
                if (from == text.length()) {
                    return made.toString();
                }
                int to = text.offsetByCodePoints(from, 1);
                made.add(text.substring(from, to));
                from = to;
            }
            return made.add(text.substring(from)).toString();
        }
        int found = find(budget, text, old, 0);
        for (long left = count; left != 0 && found >= 0; left--) {
            made.add(text.substring(from, found)).add(by);
            from = found + old.length();
            found = find(budget, text, old, from);
        }
        return made.add(text.substring(from)).toString();
    }

    /** {@link String#indexOf(String, int)}, where every place that is looked at is paid for. */
    static int find(Budget budget, String text, String part, int from) {
        if (part.isEmpty()) {
            return from <= text.length() ? from : -1;
        }
        int at = text.indexOf(part.charAt(0), from);
        for (; at >= 0 && at <= text.length() - part.length(); at = text.indexOf(part.charAt(0), at + 1)) {
            budget.work(1 + part.length() / 16);
            if (text.startsWith(part, at)) {
                budget.work((at - from) / 8);
                return at;
            }
        }
        budget.work(Math.max(0, text.length() - from) / 8);
        return -1;
    }

    private static Object search(Budget budget, String text, Arguments given, String how) {
        String part = string(given.unnamed(how, 1, 1)[0]);
        if (how.equals("count")) {
            if (part.isEmpty()) {
                return BigInteger.valueOf(Access.length(budget, text) + 1);
            }
            long count = 0;
            for (int at = find(budget, text, part, 0); at >= 0; at = find(budget, text, part, at + part.length())) {
                count++;
            }
            return BigInteger.valueOf(count);
        }
        budget.work((long) text.length() * (1 + part.length() / 16));
        int found = how.equals("rfind") ? text.lastIndexOf(part) : find(budget, text, part, 0);
        if (found < 0 && how.equals("index")) {
            throw new Failure("substring not found");
        }
        return BigInteger.valueOf(found < 0 ? -1 : text.codePointCount(0, found));
    }

    private static Sequence partition(Budget budget, String text, String separator, boolean first) {
        if (separator.isEmpty()) {
            throw new Failure("empty separator");
        }
        budget.work((long) text.length() * (1 + separator.length() / 16));
        budget.characters(text.length());
        int at = first ? find(budget, text, separator, 0) : text.lastIndexOf(separator);
        if (at < 0) {
            return new Sequence(first ? List.of(text, "", "") : List.of("", "", text), true);
        }
        return new Sequence(List.of(text.substring(0, at), separator, text.substring(at + separator.length())), true);
    }

    private static Sequence split(Budget budget, String text, Arguments given, String name) {
        Object[] all = given.bind(name, 0, "sep", "maxsplit");
        long most = count(all[1]);
        boolean backward = name.equals("rsplit");
        boolean atSpace = all[0] == null || all[0] instanceof None;
        String separator = atSpace ? "" : string(all[0]);
        if (!atSpace && separator.isEmpty()) {
            throw new Failure("empty separator");
        }
        List<Object> parts = new ArrayList<>();
        budget.characters(text.length());
        if (backward && most >= 0) {
            return rightSplit(budget, text, atSpace ? null : separator, most);
        }
        if (atSpace) {
            int from = skip(text, 0, true);
            while (from < text.length()) {
                budget.items(1);
                int to = most >= 0 && parts.size() >= most ? text.length() : skip(text, from, false);
                parts.add(text.substring(from, to));
                from = skip(text, to, true);
            }
            return new Sequence(parts, false);
        }
        int from = 0;
        for (int at = find(budget, text, separator, 0);
                at >= 0 && (most < 0 || parts.size() < most);
                at = find(budget, text, separator, from)) {
            budget.items(1);
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return new Sequence(parts, false);
    }

    private static Sequence rightSplit(Budget budget, String text, @Nullable String separator, long most) {
        if (separator == null) {
            throw new Failure("rsplit at white space with a number is not supported");
        }
        java.util.ArrayDeque<Object> parts = new java.util.ArrayDeque<>();
        int to = text.length();
        while (parts.size() < most) {
            int at = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
            budget.work((to - Math.max(at, 0)) * (1L + separator.length() / 16));
            if (at < 0) {
                break;
            }
            budget.items(1);
            parts.push(text.substring(at + separator.length(), to));
            to = at;
        }
        parts.push(text.substring(0, to));
        return new Sequence(new ArrayList<>(parts), false);
    }

    private static int skip(String text, int from, boolean space) {
        int at = from;
        while (at < text.length() && isSpace(text.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    /** Python's {@code splitlines}. */
    static List<Object> lines(Budget budget, String text, boolean endsKept) {
        List<Object> lines = new ArrayList<>();
        budget.characters(text.length());
        for (int from = 0; from < text.length(); ) {
            budget.items(1);
            int end = from;
            while (end < text.length() && LINE_ENDS.indexOf(text.charAt(end)) < 0) {
                end++;
            }
            int next = text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length());
            lines.add(text.substring(from, endsKept ? next : end));
            from = next;
        }
        return lines;
    }

    private static String joined(Budget budget, String separator, Object values) {
        Text text = new Text(budget);
        Iterator<Object> all = Access.iterator(budget, values);
        for (boolean first = true; all.hasNext(); first = false) {
            Object value = all.next();
            if (value instanceof Safe) {
                throw new Failure("join of texts marked by safe is not supported");
            }
            text.add(first ? "" : separator).add(string(value));
        }
        return text.toString();
    }

    /** By code points, as Python compares. */
    static int compare(Budget budget, String x, String y) {
        int shorter = Math.min(x.length(), y.length());
        for (int i = 0; i < shorter; i++) {
            char a = x.charAt(i);
            char b = y.charAt(i);
            if (a != b) {
                budget.work(i);
                boolean apart = Character.isSurrogate(a) != Character.isSurrogate(b);
                return apart ? Character.isSurrogate(a) ? 1 : -1 : Character.compare(a, b);
            }
        }
        budget.work(shorter);
        return Integer.compare(x.length(), y.length());
    }
}
