package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** The parts of a value that Jinja's sandbox lets a template reach: its elements, and the methods of this package. */
final class Access {
    private static final Set<String> CHANGING_LISTS =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private static final Set<String> CHANGING_MAPS = Set.of("clear", "pop", "popitem", "setdefault", "update");

    /** Attributes that Python's values have and that are not supported. */
    private static final Set<String> UNSUPPORTED =
            Set.of(("casefold center find removeprefix removesuffix encode expandtabs format_map index isalnum"
                            + " isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper"
                            + " ljust maketrans partition rfind rindex rjust rpartition rsplit splitlines swapcase translate zfill"
                            + " count copy fromkeys real imag numerator denominator bit_length bit_count conjugate as_integer_ratio"
                            + " is_integer hex fromhex to_bytes from_bytes start stop step isdisjoint mapping close send throw"
                            + " gi_code gi_frame gi_running gi_suspended gi_yieldfrom")
                    .split(" "));

    private static final Builtin.Table<Dict> OF_MAPS = new Builtin.Table<>("method", Dict.class, "");

    static {
        OF_MAPS.add("get 1 2?", (budget, map, given) -> {
            Object found = map.get(budget, given[0]);
            return found != null ? found : given[1] != null ? given[1] : None.NONE;
        });
        OF_MAPS.add("items", (budget, map, given) -> map.view(budget, Kind.ITEMS));
        OF_MAPS.add("keys", (budget, map, given) -> map.view(budget, Kind.KEYS));
        OF_MAPS.add("values", (budget, map, given) -> map.view(budget, Kind.VALUES));
    }

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
            boolean isHashable =
                    !(index instanceof Dict || (index instanceof Sequence list && list.kind() == Kind.LIST));
            found = isHashable ? map.get(budget, index) : null;
        } else if (index instanceof BigInteger || index instanceof Boolean) {
            found = element(budget, value, clipped(Texts.integer(index)));
        }
        if (found == null && index instanceof String name) {
            found = attributeOrNull(budget, value, name);
        }
        return found == null ? missing(value, Formats.str(budget, index)) : found;
    }

    private static @Nullable Object element(Budget budget, Object value, long index) {
        if (!isSliceable(value)) {
            return null;
        }
        long length = length(budget, value);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return null;
        }
        return value instanceof String text
                ? Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)))
                : ((Sequence) value).items().get((int) at);
    }

    private static boolean isSliceable(Object value) {
        return value instanceof String || (value instanceof Sequence list && list.hasIndices());
    }

    private static Undefined missing(Object value, String name) {
        return new Undefined("'" + Values.type(value) + "' object has no attribute '" + name + "'");
    }

    private static @Nullable Object attributeOrNull(Budget budget, Object value, String name) {
        requireDefined(value);
        if (value instanceof Namespace namespace) {
            budget.requireChangesSeen();
            return namespace.fields().get(name);
        }
        if (value instanceof Loop loop) {
            return loop.attribute(name);
        }
        if (value instanceof None) {
            return null;
        }
        boolean isMap = value instanceof Dict;
        if ((isMap ? CHANGING_MAPS : CHANGING_LISTS).contains(name)
                && (isMap || (value instanceof Sequence list && list.kind() == Kind.LIST))) {
            return new Undefined(
                    "access to attribute '" + name + "' of '" + Values.type(value) + "' object is unsafe.");
        }
        Builtin method = isMap ? OF_MAPS.get(name) : value instanceof String ? Texts.METHODS.get(name) : null;
        boolean isUnsupported =
                isMap ? name.equals("copy") || name.equals("fromkeys") : method == null && UNSUPPORTED.contains(name);
        if (isUnsupported || value instanceof Safe || value instanceof Function) {
            throw new Failure("attribute '" + name + "' of a " + Values.type(value) + " is not supported");
        }
        return method == null ? null : method.of(value);
    }

    /** Python's {@code value[start:stop:step]}; each bound an integer or null. */
    static Object slice(
            Budget budget,
            Object value,
            @Nullable BigInteger start,
            @Nullable BigInteger stop,
            @Nullable BigInteger by) {
        requireDefined(value);
        long step = by == null ? 1 : clipped(by);
        if (!isSliceable(value) || step == 0) {
            throw new Failure("a slice of a " + Values.type(value) + " with step " + step + " is not supported");
        }
        long length = length(budget, value);
        long low = step < 0 ? -1 : 0;
        long high = step < 0 ? length - 1 : length;
        long from = start == null ? step < 0 ? high : low : bound(clipped(start), length, low, high);
        long to = stop == null ? step < 0 ? low : high : bound(clipped(stop), length, low, high);
        if (value instanceof String text && step == 1) {
            int begin = text.offsetByCodePoints(0, (int) from);
            return budget.text(text.substring(begin, text.offsetByCodePoints(begin, (int) Math.max(0, to - from))));
        }
        int[] points = value instanceof String text ? text.codePoints().toArray() : new int[0];
        budget.characters(2L * points.length);
        StringBuilder made = new StringBuilder();
        List<Object> items = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) {
            if (value instanceof Sequence list) {
                budget.items(1);
                items.add(list.items().get((int) i));
            } else {
                made.appendCodePoint(points[(int) i]);
            }
        }
        return value instanceof Sequence list ? new Sequence(list.kind(), items) : made.toString();
    }

    private static long clipped(BigInteger number) {
        return number.bitLength() > 31 ? number.signum() * (long) Integer.MAX_VALUE : number.longValue();
    }

    private static long bound(long index, long length, long low, long high) {
        return Math.max(low, Math.min(high, index < 0 ? index + length : index));
    }

    /** The elements that Python's {@code iter} gives. */
    static List<Object> items(Budget budget, Object value) {
        if (value instanceof Sequence list) {
            return list.items();
        }
        if (value instanceof Dict map) {
            return map.view(budget, Kind.KEYS).items();
        }
        List<Object> items = new ArrayList<>();
        if (value instanceof String text) {
            budget.items(text.length());
            text.codePoints().forEach(point -> items.add(Character.toString(point)));
        } else if (!(value instanceof Undefined)) {
            throw new Failure("'" + Values.type(value) + "' object is not iterable");
        }
        return items;
    }

    static List<Object> list(Budget budget, Object value) {
        List<Object> items = items(budget, value);
        budget.items(items.size());
        return new ArrayList<>(items);
    }

    /** Python's {@code len}. */
    static long length(Budget budget, Object value) {
        if (value instanceof Safe safe) {
            return length(budget, safe.text());
        }
        if (value instanceof String text) {
            budget.work(text.length() / 8);
            return text.codePointCount(0, text.length());
        }
        int length = lengthOrNone(value);
        if (length < 0) {
            throw new Failure("object of type '" + Values.type(value) + "' has no len()");
        }
        return length;
    }

    /** The number of a value's elements, that of a text in Java characters; -1 if the value has no length. */
    static int lengthOrNone(Object value) {
        if (value instanceof Sequence list) {
            return list.kind() == Kind.GENERATOR ? -1 : list.size();
        }
        return value instanceof String text
                ? text.length()
                : value instanceof Dict map ? map.size() : value instanceof Undefined ? 0 : -1;
    }

    static void requireDefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw new Failure(undefined.message());
        }
    }
}
