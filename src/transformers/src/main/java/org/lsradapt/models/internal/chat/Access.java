package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Range;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;
import org.lsradapt.models.internal.chat.Values.View;

/** What Jinja's sandbox lets a template reach in a value: its elements, and the methods that this package knows. */
final class Access {
    private static final Set<String> CHANGING_LISTS =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private static final Set<String> CHANGING_MAPS = Set.of("clear", "pop", "popitem", "setdefault", "update");

    /** Attributes that Python's values have and that are not supported; there, a map's entry would not be seen. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "casefold",
            "center",
            "encode",
            "expandtabs",
            "format_map",
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
            "isupper",
            "ljust",
            "maketrans",
            "rindex",
            "rjust",
            "swapcase",
            "translate",
            "zfill",
            "copy",
            "fromkeys",
            "real",
            "imag",
            "numerator",
            "denominator",
            "bit_length",
            "bit_count",
            "conjugate",
            "as_integer_ratio",
            "is_integer",
            "hex",
            "fromhex",
            "to_bytes",
            "from_bytes",
            "start",
            "stop",
            "step",
            "isdisjoint",
            "mapping",
            "close",
            "send",
            "throw",
            "gi_code",
            "gi_frame",
            "gi_running",
            "gi_suspended",
            "gi_yieldfrom");

    private Access() {}

    /** Jinja's {@code value.name}: an attribute, or else an element. */
    static Object attribute(Budget budget, Object value, String name) {
        Object found = attributeOrNull(budget, value, name);
        if (found == null && value instanceof Dict map) {
            found = map.get(budget, name);
        }
        return found == null ? missing(value, name) : found;
    }

    /** Jinja's {@code value[index]}: an element, or else an attribute. */
    static Object item(Budget budget, Object value, Object index) {
        requireDefined(value);
        if (value instanceof Safe) {
            throw new Failure("an element of a text marked by safe is not supported");
        }
        Object found = null;
        if (value instanceof Dict map) {
            found = isHashable(index) ? map.get(budget, index) : null;
        } else if (index instanceof BigInteger || index instanceof Boolean) {
            long at = index instanceof BigInteger number
                    ? number.bitLength() > 62 ? Long.MAX_VALUE / 2 : number.longValue()
                    : (Boolean) index ? 1 : 0;
            found = element(budget, value, at);
        }
        if (found == null && index instanceof String name) {
            found = attributeOrNull(budget, value, name);
        }
        return found == null
                ? missing(value, index instanceof String name ? name : Formats.repr(budget, index))
                : found;
    }

    private static boolean isHashable(Object index) {
        return !(index instanceof Dict || (index instanceof Sequence list && !list.isTuple()));
    }

    private static @Nullable Object element(Budget budget, Object value, long index) {
        if (!(value instanceof String || value instanceof Sequence || value instanceof Range)) {
            return null;
        }
        long length = length(budget, value);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return null;
        }
        if (value instanceof String text) {
            int from = text.offsetByCodePoints(0, (int) at);
            return Character.toString(text.codePointAt(from));
        }
        return value instanceof Sequence list ? list.items().get((int) at) : ((Range) value).get(at);
    }

    private static Undefined missing(Object value, String name) {
        return new Undefined("'" + Values.type(value) + "' object has no attribute '" + name + "'");
    }

    private static @Nullable Object attributeOrNull(Budget budget, Object value, String name) {
        requireDefined(value);
        if (value instanceof Namespace namespace) {
            return namespace.fields().get(name);
        }
        if (value instanceof Loop loop) {
            return loop.attribute(budget, name);
        }
        if (value instanceof None) {
            return null;
        }
        if (value instanceof Safe || value instanceof Function) {
            throw new Failure("attribute '" + name + "' of a " + Values.type(value) + " is not supported");
        }
        boolean isList = value instanceof Sequence list && !list.isTuple();
        if ((value instanceof Dict && CHANGING_MAPS.contains(name)) || (isList && CHANGING_LISTS.contains(name))) {
            return new Undefined(
                    "access to attribute '" + name + "' of '" + Values.type(value) + "' object is unsafe.");
        }
        Function method = null;
        if (value instanceof String text) {
            method = Texts.method(text, name);
        } else if (value instanceof Dict map) {
            method = ofMap(map, name);
        } else if (value instanceof Sequence || value instanceof Range) {
            method = ofSequence(value, name);
        }
        boolean ofMap = value instanceof Dict && !name.equals("copy") && !name.equals("fromkeys");
        if (method == null && UNSUPPORTED.contains(name) && !ofMap) {
            throw new Failure("attribute '" + name + "' of a " + Values.type(value) + " is not supported");
        }
        return method;
    }

    private static @Nullable Function ofMap(Dict map, String name) {
        return switch (name) {
            case "get" ->
                (budget, arguments) -> {
                    Object[] given = arguments.unnamed("get", 1, 2);
                    Object found = map.get(budget, given[0]);
                    return found != null ? found : given[1] != null ? given[1] : None.NONE;
                };
            case "items", "keys", "values" ->
                (budget, arguments) -> {
                    arguments.unnamed(name, 0, 0);
                    return new View(map, name);
                };
            default -> null;
        };
    }

    private static @Nullable Function ofSequence(Object value, String name) {
        return switch (name) {
            case "count" ->
                (budget, arguments) -> {
                    Object wanted = arguments.unnamed("count", 1, 1)[0];
                    long count = 0;
                    for (Iterator<Object> items = iterator(budget, value); items.hasNext(); ) {
                        count += Operators.equal(budget, items.next(), wanted) ? 1 : 0;
                    }
                    return BigInteger.valueOf(count);
                };
            case "index" ->
                (budget, arguments) -> {
                    Object wanted = arguments.unnamed("index", 1, 1)[0];
                    long index = 0;
                    for (Iterator<Object> items = iterator(budget, value); items.hasNext(); index++) {
                        if (Operators.equal(budget, items.next(), wanted)) {
                            return BigInteger.valueOf(index);
                        }
                    }
                    throw new Failure(Formats.repr(budget, wanted) + " is not in " + Values.type(value));
                };
            default -> null;
        };
    }

    /** Python's {@code value[start:stop:step]}; each bound an integer or null. */
    static Object slice(
            Budget budget,
            Object value,
            @Nullable BigInteger start,
            @Nullable BigInteger stop,
            @Nullable BigInteger by) {
        requireDefined(value);
        if (!(value instanceof String || value instanceof Sequence || value instanceof Range)) {
            throw new Failure("a slice of a " + Values.type(value) + " is not supported");
        }
        long step = by == null ? 1 : clipped(by);
        if (step == 0) {
            throw new Failure("slice step cannot be zero");
        }
        long length = length(budget, value);
        long low = step < 0 ? -1 : 0;
        long high = step < 0 ? length - 1 : length;
        long from = start == null ? step < 0 ? high : low : bound(clipped(start), length, low, high);
        long to = stop == null ? step < 0 ? low : high : bound(clipped(stop), length, low, high);
        Range indices = new Range(from, to, step);
        if (value instanceof Range range) {
            return new Range(
                    range.start() + from * range.step(), range.start() + to * range.step(), range.step() * step);
        }
        if (value instanceof Sequence list) {
            budget.items(indices.length());
            List<Object> items = new ArrayList<>();
            LongStream.range(0, indices.length())
                    .forEach(i -> items.add(list.items().get((int) (from + i * step))));
            return new Sequence(items, list.isTuple());
        }
        String text = (String) value;
        if (step == 1) {
            int begin = text.offsetByCodePoints(0, (int) from);
            return budget.text(text.substring(begin, text.offsetByCodePoints(begin, (int) Math.max(0, to - from))));
        }
        int[] points = text.codePoints().toArray();
        budget.characters(2L * points.length);
        int[] chosen = LongStream.range(0, indices.length())
                .mapToInt(i -> points[(int) (from + i * step)])
                .toArray();
        return new String(chosen, 0, chosen.length);
    }

    private static long clipped(BigInteger number) {
        return number.bitLength() > 31 ? number.signum() * (long) Integer.MAX_VALUE : number.longValue();
    }

    private static long bound(long index, long length, long low, long high) {
        return Math.max(low, Math.min(high, index < 0 ? index + length : index));
    }

    /** Python's {@code iter}. */
    @SuppressWarnings("unchecked")
    static Iterator<Object> iterator(Budget budget, Object value) {
        if (value instanceof String text) {
            return characters(text);
        }
        if (value instanceof Sequence list) {
            return list.items().iterator();
        }
        if (value instanceof Dict map) {
            return new View(map, "keys").iterator();
        }
        if (value instanceof View view) {
            return view.iterator();
        }
        if (value instanceof Range range) {
            return numbers(range);
        }
        if (value instanceof Undefined) {
            return Collections.emptyIterator();
        }
        if (value instanceof Iterator) {
            return (Iterator<Object>) value;
        }
        throw new Failure("'" + Values.type(value) + "' object is not iterable");
    }

    private static Iterator<Object> characters(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public Object next() {
                String character = Character.toString(text.codePointAt(at));
                at += character.length();
                return character;
            }
        };
    }

    private static Iterator<Object> numbers(Range range) {
        return new Iterator<>() {
            private long at;

            @Override
            public boolean hasNext() {
                return at < range.length();
            }

            @Override
            public Object next() {
                return range.get(at++);
            }
        };
    }

    /** Python's {@code list}. */
    static List<Object> list(Budget budget, Object value) {
        List<Object> items = new ArrayList<>();
        for (Iterator<Object> all = iterator(budget, value); all.hasNext(); ) {
            budget.items(1);
            items.add(all.next());
        }
        return items;
    }

    /** Python's {@code len}. */
    static long length(Budget budget, Object value) {
        if (value instanceof String text) {
            budget.work(text.length() / 8);
            return text.codePointCount(0, text.length());
        }
        if (value instanceof Safe safe) {
            return length(budget, safe.text());
        }
        long length = value instanceof Loop loop ? loop.length(budget) : lengthOrNone(value);
        if (length < 0) {
            throw new Failure("object of type '" + Values.type(value) + "' has no len()");
        }
        return length;
    }

    /** How many elements a value has, texts in characters of Java; -1 if it has no length. */
    static long lengthOrNone(Object value) {
        return value instanceof String text
                ? text.length()
                : value instanceof Sequence list
                        ? list.items().size()
                        : value instanceof Dict map
                                ? map.size()
                                : value instanceof View view
                                        ? view.map().size()
                                        : value instanceof Range range
                                                ? range.length()
                                                : value instanceof Undefined ? 0 : -1;
    }

    static void requireDefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw new Failure(undefined.message());
        }
    }
}
