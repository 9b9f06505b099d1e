package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.Range;

/** The functions that transformers gives to every template. */
final class Functions {
    static final Map<String, Function> ALL = Map.of(
            "range", Functions::range,
            "dict", Functions::dict,
            "namespace", Functions::namespace,
            "raise_exception", Functions::raise,
            "strftime_now", Functions::now);

    /** Java's form of each letter behind a percent sign. */
    private static final Map<Character, String> DATE_PARTS = Map.ofEntries(
            Map.entry('Y', "uuuu"),
            Map.entry('y', "uu"),
            Map.entry('m', "MM"),
            Map.entry('B', "MMMM"),
            Map.entry('b', "MMM"),
            Map.entry('d', "dd"),
            Map.entry('j', "DDD"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"));

    private Functions() {}

    private static Object range(Budget budget, Arguments arguments) {
        Object[] given = arguments.unnamed("range", 1, 3);
        long start = given[1] == null ? 0 : bound(given[0]);
        long stop = bound(given[1] == null ? given[0] : given[1]);
        Range range = new Range(start, stop, given[2] == null ? 1 : bound(given[2]));
        if (range.step() == 0) {
            throw new Failure("range() arg 3 must not be zero");
        }
        if (range.length() > Budget.LARGEST_RANGE) {
            throw new Failure(
                    "range has " + range.length() + " elements, expected " + Budget.LARGEST_RANGE + " at most");
        }
        return range;
    }

    private static long bound(Object value) {
        BigInteger number = Texts.integer(value);
        if (number.bitLength() > Integer.SIZE) {
            throw new Failure("range: a bound has more than 32 bits");
        }
        return number.longValue();
    }

    private static Dict dict(Budget budget, Arguments arguments) {
        Dict made = new Dict();
        List<Object> given = arguments.positional();
        if (given.size() > 1) {
            throw new Failure("dict expected at most 1 argument, found " + given.size());
        }
        given.forEach(Access::requireDefined);
        if (!given.isEmpty() && given.get(0) instanceof Dict other) {
            other.entries().forEach(entry -> made.put(budget, entry.key(), entry.value()));
        } else if (!given.isEmpty()) {
            for (Object pair : Access.list(budget, given.get(0))) {
                List<Object> parts = Access.list(budget, pair);
                if (parts.size() != 2) {
                    throw new Failure("dict: expected pairs, found " + parts.size() + " elements");
                }
                made.put(budget, parts.get(0), parts.get(1));
            }
        }
        arguments.named().forEach((name, value) -> made.put(budget, name, value));
        return made;
    }

    private static Object namespace(Budget budget, Arguments arguments) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Dict.Entry entry : dict(budget, arguments).entries()) {
            put(fields, Texts.string(entry.key()), entry.value());
        }
        return new Namespace(fields);
    }

    /** Puts a field into a namespace, which takes no names that begin with an underscore. */
    static void put(Map<String, Object> fields, String name, Object value) {
        if (name.startsWith("_")) {
            throw new Failure("a namespace takes no name that begins with an underscore, found '" + name + "'");
        }
        fields.put(name, value);
    }

    private static Object raise(Budget budget, Arguments arguments) {
        throw new Failure(Formats.str(budget, arguments.bind("raise_exception", 1, "message")[0]));
    }

    private static Object now(Budget budget, Arguments arguments) {
        String format = Texts.string(arguments.bind("strftime_now", 1, "format")[0]);
        budget.characters(20L * format.length());
        return date(format, ZonedDateTime.now(ZoneId.systemDefault()));
    }

    /** A time in one of Python's formats, in English. */
    static String date(String format, ZonedDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char part = format.charAt(++i);
            String pattern = DATE_PARTS.get(part);
            if (pattern == null && part != '%') {
                throw new Failure("strftime_now: %" + part + " is not supported");
            }
            text.append(
                    pattern == null
                            ? "%"
                            : DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)
                                    .format(time));
        }
        return text.toString();
    }
}
