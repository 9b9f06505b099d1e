package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.Sequence;

/** The functions that transformers gives to every template. */
final class Functions {
    static final Map<String, Function> ALL = Map.of(
            "range", Functions::range,
            "dict", Functions::dict,
            "namespace", Functions::namespace,
            "raise_exception", Functions::raise,
            "strftime_now", Functions::now);

    private Functions() {}

    private static Object range(Budget budget, Arguments arguments) {
        Object[] given = arguments.bind("range", 1, List.of("1", "2", "3"));
        long start = given[1] == null ? 0 : bound(given[0]);
        long stop = bound(given[1] == null ? given[0] : given[1]);
        long step = given[2] == null ? 1 : bound(given[2]);
        if (step == 0) {
            throw new Failure("range() arg 3 must not be zero");
        }
        long length = Math.max(0, (stop - start + step - Long.signum(step)) / step);
        if (length > Budget.LARGEST_RANGE) {
            throw new Failure("range has " + length + " elements, expected " + Budget.LARGEST_RANGE + " at most");
        }
        return new Sequence(Kind.RANGE, new AbstractList<>() {
            @Override
            public Object get(int index) {
                return BigInteger.valueOf(start + index * step);
            }

            @Override
            public int size() {
                return (int) length;
            }
        });
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
        if (!arguments.positional().isEmpty()) {
            throw new Failure("dict and namespace of something else than names and values are not supported");
        }
        arguments.named().forEach((name, value) -> made.put(budget, name, value));
        return made;
    }

    private static Object namespace(Budget budget, Arguments arguments) {
        Map<String, Object> fields = new LinkedHashMap<>();
        dict(budget, arguments).entries().forEach(entry -> put(fields, (String) entry.key(), entry.value()));
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
        throw new Failure(Formats.str(budget, arguments.bind("raise_exception", 1, List.of("message"))[0]));
    }

    private static Object now(Budget budget, Arguments arguments) {
        String format = Texts.string(arguments.bind("strftime_now", 1, List.of("format"))[0]);
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
            int known = "YmBbdAaHMS".indexOf(part);
            if (known < 0) {
                throw new Failure("strftime_now: %" + part + " is not supported");
            }
            String pattern = List.of("uuuu", "MM", "MMMM", "MMM", "dd", "EEEE", "EEE", "HH", "mm", "ss")
                    .get(known);
            text.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
        }
        return text.toString();
    }
}
