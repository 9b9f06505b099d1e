package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.Sequence;

/** The methods of Python's {@code str} that templates call. */
final class Texts {
    /** The characters that Python takes for white space. */
    static final String SPACE =
            "\t\n\u000b\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004"
                    + "\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

    private static final String LINE_ENDS = "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029";
    static final Builtin.Table<String> METHODS = new Builtin.Table<>("method", String.class, "");

    static {
        for (String name : List.of("strip", "lstrip", "rstrip")) {
            METHODS.add(name + " 1?", (budget, text, given) -> strip(budget, text, given[0], name));
        }
        for (String name : List.of("upper", "lower", "title", "capitalize")) {
            METHODS.add(name, (budget, text, given) -> cased(budget, text, name));
        }
        METHODS.add("startswith 1", (budget, text, given) -> text.startsWith(compared(budget, given[0])));
        METHODS.add("endswith 1", (budget, text, given) -> text.endsWith(compared(budget, given[0])));
        METHODS.add(
                "replace 1 2 3?",
                (budget, text, given) -> replace(budget, text, string(given[0]), string(given[1]), count(given[2])));
        METHODS.add("split sep? maxsplit?", Texts::split);
        METHODS.add(
                "join 1", (budget, text, given) -> joined(budget, text, Access.items(budget, given[0]), Texts::string));
        METHODS.addAny("format", (budget, text, given) -> {
            if (!given.named().isEmpty()) {
                throw new Failure("format with names is not supported");
            }
            return format(budget, (String) text, given.positional());
        });
    }

    private static String compared(Budget budget, Object value) {
        budget.work(1 + string(value).length() / 8);
        return string(value);
    }

    private Texts() {}

    static boolean isSpace(int character) {
        return SPACE.indexOf(character) >= 0;
    }

    static String string(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new Failure("expected a str, found " + (value == null ? "nothing" : Values.type(value)));
    }

    /** The number of times that an argument gives, -1 for all. */
    static long count(@Nullable Object value) {
        BigInteger number = value == null ? BigInteger.ONE.negate() : integer(value);
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

    /** Python's {@code strip}, {@code lstrip} or {@code rstrip}, of white space or of given characters. */
    static String strip(Budget budget, String text, @Nullable Object characters, String name) {
        String set = Filters.isGiven(characters) ? string(characters) : SPACE;
        budget.work(1 + text.length() / 8L * (SPACE.equals(set) ? 1 : 1 + set.length()));
        return budget.text(strip(text, set, name));
    }

    static String strip(String text, String set, String name) {
        int from = 0;
        int to = text.length();
        while (!name.equals("rstrip") && from < to && set.indexOf(text.codePointAt(from)) >= 0) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (!name.equals("lstrip") && from < to && set.indexOf(text.codePointBefore(to)) >= 0) {
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
                    default -> titled(text, how.equals("title"));
                });
    }

    /** The first letter of a text, or of each word, as a capital. */
    private static String titled(String text, boolean words) {
        StringBuilder titled = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 127) {
                throw new Failure("a title of other letters than ASCII is not supported");
            }
            titled.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = !words || Character.isLetter(c);
        }
        return titled.toString();
    }

    /** Python's {@code replace}, of at most {@code count} occurrences, or all if that is negative. */
    static String replace(Budget budget, String text, String old, String by, long count) {
        if (old.isEmpty()) {
            throw new Failure("replace of an empty text is not supported");
        }
        budget.work(text.length());
        return joined(budget, by, cut(budget, text, old, count), Texts::string);
    }

    /** Like {@link String#indexOf(String, int)}, with a step for each place that it examines. */
    static int find(Budget budget, String text, String part, int from) {
        if (part.isEmpty()) {
            return from;
        }
        int at = text.indexOf(part.charAt(0), from);
        for (; at >= 0 && at <= text.length() - part.length(); at = text.indexOf(part.charAt(0), at + 1)) {
            budget.work(1 + part.length() / 16);
            if (text.startsWith(part, at)) {
                budget.work((at - from) / 8);
                return at;
            }
        }
        budget.work((text.length() - from) / 8);
        return -1;
    }

    private static Sequence split(Budget budget, String text, Object... given) {
        if (!Filters.isGiven(given[0])) {
            return Values.list(words(budget, text, count(given[1])));
        }
        return Values.list(cut(budget, text, string(given[0]), count(given[1])));
    }

    /** Splits at runs of white space, at most {@code most} times, or always if that is negative. */
    private static List<Object> words(Budget budget, String text, long most) {
        budget.characters(text.length());
        List<Object> words = new ArrayList<>();
        int from = 0;
        while (true) {
            while (from < text.length() && isSpace(text.charAt(from))) {
                from++;
            }
            if (from == text.length()) {
                return words;
            }
            budget.items(1);
            int end = from;
            while (end < text.length() && (words.size() == most || !isSpace(text.charAt(end)))) {
                end++;
            }
            words.add(text.substring(from, end));
            from = end;
        }
    }

    /** Splits at a separator, at most {@code most} times, or always if that is negative. */
    private static List<Object> cut(Budget budget, String text, String separator, long most) {
        if (separator.isEmpty()) {
            throw new Failure("empty separator");
        }
        budget.characters(text.length());
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = most == 0 ? -1 : find(budget, text, separator, 0);
                at >= 0 && (most < 0 || parts.size() < most);
                at = find(budget, text, separator, from)) {
            budget.items(1);
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    /** Python's {@code splitlines}. */
    static List<String> lines(Budget budget, String text) {
        List<String> lines = new ArrayList<>();
        budget.characters(text.length());
        for (int from = 0; from < text.length(); ) {
            budget.items(1);
            int end = from;
            while (end < text.length() && LINE_ENDS.indexOf(text.charAt(end)) < 0) {
                end++;
            }
            lines.add(text.substring(from, end));
            from = end + (text.startsWith("\r\n", end) ? 2 : 1);
        }
        return lines;
    }

    static String joined(Budget budget, String separator, List<Object> values, Function<Object, String> string) {
        Text text = new Text(budget);
        return text.addAll(values, separator, value -> text.add(string.apply(value)))
                .toString();
    }

    /** Python's {@code %} of a text, with the directives {@code %s}, {@code %d} and {@code %%}. */
    static String percent(Budget budget, String format, Object value) {
        List<Object> given =
                value instanceof Sequence list && list.kind() == Kind.TUPLE ? list.items() : List.of(value);
        if (value instanceof Dict) {
            throw new Failure("formatting a text with a map is not supported");
        }
        Text made = new Text(budget);
        int used = 0;
        int from = 0;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', from)) {
            made.add(format.substring(from, at));
            char directive = at + 1 < format.length() ? format.charAt(at + 1) : ' ';
            if (directive == '%') {
                made.add("%");
            } else if (directive != 's' && directive != 'd') {
                throw new Failure("% with other directives than %s, %d and %% is not supported");
            } else if (used == given.size()) {
                throw new Failure("not enough arguments for format string");
            } else {
                Object one = given.get(used++);
                made.add(
                        directive == 's'
                                ? Formats.str(budget, one)
                                : integer(one).toString());
            }
            from = at + 2;
        }
        if (used < given.size()) {
            throw new Failure("not all arguments converted during string formatting");
        }
        return made.add(format.substring(from)).toString();
    }

    /** Python's {@code format}, of fields without names and formats. */
    private static String format(Budget budget, String format, List<Object> given) {
        Text text = new Text(budget);
        int next = 0;
        List<Object> parts = cut(budget, format, "{}", -1);
        for (int i = 0; i < parts.size(); i++) {
            String part = string(parts.get(i));
            if (part.indexOf('{') >= 0 || part.indexOf('}') >= 0 || (next == given.size() && i + 1 < parts.size())) {
                throw new Failure("format with other fields than {}, one for each argument, is not supported");
            }
            text.add(part).add(i + 1 < parts.size() ? Formats.str(budget, given.get(next++)) : "");
        }
        return text.toString();
    }

    /** Compares by code points, as Python does. */
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
