package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** The filters that templates of published models use, and their next of kin. */
final class Filters {
    /** A filter. */
    @FunctionalInterface
    interface Filter {
        Object apply(Budget budget, Object value, Arguments arguments);
    }

    /** The filters of Jinja that are not supported. */
    static final Set<String> REFUSED = Set.of(
            "attr",
            "batch",
            "center",
            "e",
            "escape",
            "filesizeformat",
            "forceescape",
            "groupby",
            "pprint",
            "random",
            "round",
            "slice",
            "striptags",
            "truncate",
            "urlencode",
            "urlize",
            "wordcount",
            "wordwrap",
            "xmlattr");

    private static final Pattern FLOAT = Pattern.compile(
            "[-+]?+(?:\\d++(?:_\\d++)*+(?:\\.(?:\\d++(?:_\\d++)*+)?+)?+|\\.\\d++(?:_\\d++)*+)(?:[eE][-+]?+\\d++(?:_\\d++)*+)?+");
    private static final Pattern INTEGER = Pattern.compile("[-+]?+\\d++(?:_\\d++)*+");
    private static final Pattern WORD =
            Pattern.compile("([^-\\s({\\[<])([^-\\s({\\[<]*+)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final int LONGEST_NUMBER = 10_000;

    private static final Map<String, Filter> ALL = Map.ofEntries(
            Map.entry("abs", Filters::abs),
            Map.entry("capitalize", (budget, value, given) -> cased(budget, value, given, "capitalize")),
            Map.entry("count", Filters::length),
            Map.entry("d", Filters::defaulted),
            Map.entry("default", Filters::defaulted),
            Map.entry("dictsort", Sequences::dictsort),
            Map.entry("first", Sequences::first),
            Map.entry("float", Filters::real),
            Map.entry("format", Filters::format),
            Map.entry("indent", Filters::indent),
            Map.entry("int", Filters::integer),
            Map.entry("items", Sequences::items),
            Map.entry("join", Filters::join),
            Map.entry("last", Sequences::last),
            Map.entry("length", Filters::length),
            Map.entry("list", (budget, value, given) -> {
                given.bind("list", 0);
                return new Sequence(Access.list(budget, value), false);
            }),
            Map.entry("lower", (budget, value, given) -> cased(budget, value, given, "lower")),
            Map.entry("map", Sequences::map),
            Map.entry("max", (budget, value, given) -> Sequences.extreme(budget, value, given, "max")),
            Map.entry("min", (budget, value, given) -> Sequences.extreme(budget, value, given, "min")),
            Map.entry("reject", (budget, value, given) -> Sequences.select(budget, value, given, false, false)),
            Map.entry("rejectattr", (budget, value, given) -> Sequences.select(budget, value, given, true, false)),
            Map.entry("replace", Filters::replace),
            Map.entry("reverse", Sequences::reverse),
            Map.entry("safe", (budget, value, given) -> {
                given.bind("safe", 0);
                return new Safe(Formats.str(budget, value));
            }),
            Map.entry("select", (budget, value, given) -> Sequences.select(budget, value, given, false, true)),
            Map.entry("selectattr", (budget, value, given) -> Sequences.select(budget, value, given, true, true)),
            Map.entry("sort", Sequences::sort),
            Map.entry("string", (budget, value, given) -> {
                given.bind("string", 0);
                return soft(budget, value);
            }),
            Map.entry("sum", Sequences::sum),
            Map.entry("title", (budget, value, given) -> cased(budget, value, given, "title")),
            Map.entry("tojson", Json::dumps),
            Map.entry("trim", Filters::trim),
            Map.entry("unique", Sequences::unique),
            Map.entry("upper", (budget, value, given) -> cased(budget, value, given, "upper")));

    private Filters() {}

    /** The filter of that name. */
    static Filter named(String name) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new Failure("filter " + name + " is not supported");
        }
        return filter;
    }

    /** A text as Jinja's {@code soft_str} makes it: marked ones stay as they are. */
    private static Object soft(Budget budget, Object value) {
        return value instanceof Safe ? value : Formats.str(budget, value);
    }

    private static Object likewise(Object value, String made) {
        return value instanceof Safe ? new Safe(made) : made;
    }

    private static Object cased(Budget budget, Object value, Arguments given, String how) {
        given.bind(how, 0);
        String text = Formats.str(budget, value);
        if (!how.equals("title")) {
            return likewise(value, Texts.cased(budget, text, how));
        }
        StringBuilder titled = new StringBuilder();
        Matcher word = WORD.matcher(text);
        int from = 0;
        while (word.find()) {
            titled.append(text, from, word.start())
                    .append(Texts.cased(budget, word.group(1), "upper"))
                    .append(Texts.cased(budget, word.group(2), "lower"));
            from = word.end();
        }
        return likewise(value, budget.text(titled.append(text.substring(from)).toString()));
    }

    private static Object trim(Budget budget, Object value, Arguments given) {
        Object set = given.bind("trim", 0, "chars")[0];
        String text = Formats.str(budget, value);
        Arguments one = Formats.given(set) ? new Arguments(List.of(Texts.string(set)), Map.of()) : Arguments.NONE;
        return likewise(value, (String) Values.call(budget, Texts.method(text, "strip"), one));
    }

    private static Object replace(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("replace", 2, "old", "new", "count");
        List<Object> passed = new ArrayList<>(List.of(Formats.str(budget, all[0]), Formats.str(budget, all[1])));
        if (Formats.given(all[2])) {
            passed.add(all[2]);
        }
        return Values.call(
                budget, Texts.method(Formats.str(budget, value), "replace"), new Arguments(passed, Map.of()));
    }

    private static Object length(Budget budget, Object value, Arguments given) {
        given.bind("length", 0);
        return BigInteger.valueOf(Access.length(budget, value));
    }

    private static Object abs(Budget budget, Object value, Arguments given) {
        given.bind("abs", 0);
        return value instanceof Double number
                ? (Object) Math.abs(number)
                : Texts.integer(value).abs();
    }

    private static Object defaulted(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("default", 0, "default_value", "boolean");
        boolean isAbsent =
                value instanceof Undefined || (all[1] != null && Operators.truth(all[1]) && !Operators.truth(value));
        return !isAbsent ? value : all[0] == null ? "" : all[0];
    }

    private static Object format(Budget budget, Object value, Arguments given) {
        if (!given.named().isEmpty()) {
            throw new Failure("format with named arguments is not supported");
        }
        return Formats.percent(budget, Formats.str(budget, value), new Sequence(given.positional(), true));
    }

    private static Object indent(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("indent", 0, "width", "first", "blank");
        Access.requireDefined(value);
        String width = all[0] instanceof String text
                ? text
                : new Text(budget)
                        .add(
                                " ",
                                all[0] == null
                                        ? 4
                                        : Texts.integer(all[0])
                                                .min(BigInteger.valueOf(Integer.MAX_VALUE))
                                                .longValue())
                        .toString();
        boolean blank = all[2] != null && Operators.truth(all[2]);
        Text text = new Text(budget);
        boolean first = true;
        for (Object line : Texts.lines(budget, Texts.string(value) + "\n", false)) {
            boolean indents = first ? all[1] != null && Operators.truth(all[1]) : blank || !((String) line).isEmpty();
            text.add(first ? "" : "\n").add(indents ? width : "").add((String) line);
            first = false;
        }
        return text.toString();
    }

    private static Object integer(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("int", 0, "default", "base");
        Access.requireDefined(value);
        if (all[1] != null && !all[1].equals(BigInteger.TEN)) {
            throw new Failure("int with a base is not supported");
        }
        if (value instanceof BigInteger || value instanceof Boolean) {
            return Texts.integer(value);
        }
        if (value instanceof String text) {
            String digits = number(text).replace("_", "");
            if (INTEGER.matcher(number(text)).matches() && digits.length() <= Budget.MOST_DIGITS) {
                return new BigInteger(digits);
            }
        }
        Double number = asFloat(value);
        return number == null || number.isNaN() || number.isInfinite()
                ? all[0] == null ? BigInteger.ZERO : all[0]
                : new BigDecimal(number).toBigInteger();
    }

    private static Object real(Budget budget, Object value, Arguments given) {
        Object absent = given.bind("float", 0, "default")[0];
        Access.requireDefined(value);
        Double number = asFloat(value);
        return number != null ? number : absent == null ? (Object) 0.0 : absent;
    }

    /** Python's {@code float}, or null if it refuses. */
    private static @Nullable Double asFloat(Object value) {
        if (value instanceof BigInteger || value instanceof Boolean) {
            return Operators.asDouble(Texts.integer(value));
        }
        if (!(value instanceof String text)) {
            return value instanceof Double number ? number : null;
        }
        String number = number(text);
        String word = number.toLowerCase(java.util.Locale.ROOT).replaceFirst("^[-+]", "");
        if (word.equals("inf") || word.equals("infinity") || word.equals("nan")) {
            double known = word.equals("nan") ? Double.NaN : Double.POSITIVE_INFINITY;
            return number.startsWith("-") ? -known : known;
        }
        return FLOAT.matcher(number).matches() ? Double.valueOf(number.replace("_", "")) : null;
    }

    private static String number(String text) {
        String number = Texts.strip(text, Texts.SPACE, true, true);
        if (number.length() > LONGEST_NUMBER) {
            throw new Failure(
                    "a number has " + number.length() + " characters, expected " + LONGEST_NUMBER + " at most");
        }
        return number;
    }

    private static Object join(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("join", 0, "d", "attribute");
        String separator = all[0] == null ? "" : Formats.str(budget, all[0]);
        UnaryOperator<Object> getter = Sequences.getter(budget, all[1], null);
        Text text = new Text(budget);
        Iterator<Object> items = Access.iterator(budget, value);
        for (boolean first = true; items.hasNext(); first = false) {
            text.add(first ? "" : separator).add(Formats.str(budget, getter.apply(items.next())));
        }
        return text.toString();
    }
}
