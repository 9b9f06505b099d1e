package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template computes with: String, Boolean, BigInteger and Double as Python's str, bool, int and float, an Iterator as
 * a generator, and the types of this class.
 */
final class Values {

    private Values() {}

    /** Python's None. */
    enum None {
        NONE
    }

    /** A name or an element that does not exist, with the message of what happens to whoever uses it. */
    record Undefined(String message) {}

    /** A text that the filter {@code safe} has marked: it can be printed and joined, and nothing else. */
    record Safe(String text) {}

    /** A list or a tuple. */
    record Sequence(List<Object> items, boolean isTuple) {}

    /** A function, a method of a value, or a macro. */
    @FunctionalInterface
    interface Function {
        Object call(Budget budget, Arguments arguments);
    }

    /** Python's range. */
    record Range(long start, long stop, long step) {
        long length() {
            return step > 0
                    ? start < stop ? (stop - start - 1) / step + 1 : 0
                    : start > stop ? (start - stop - 1) / -step + 1 : 0;
        }

        BigInteger get(long index) {
            return BigInteger.valueOf(start + index * step);
        }
    }

    /** The keys, values or items of a map. */
    record View(Dict map, String kind) {
        Iterator<Object> iterator() {
            Iterator<Dict.Entry> entries = map.entries().iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return entries.hasNext();
                }

                @Override
                public Object next() {
                    Dict.Entry entry = entries.next();
                    return switch (kind) {
                        case "keys" -> entry.key();
                        case "values" -> entry.value();
                        default -> new Sequence(List.of(entry.key(), entry.value()), true);
                    };
                }
            };
        }
    }

    /** Python's dict. */
    static final class Dict {
        private final Map<Object, Entry> entries = new LinkedHashMap<>();

        /** A key as it was given first, and its value. */
        record Entry(Object key, Object value) {}

        void put(Budget budget, Object key, Object value) {
            budget.items(1);
            Object known = Operators.key(budget, key);
            Entry before = entries.get(known);
            entries.put(known, new Entry(before == null ? key : before.key(), value));
        }

        /** The value of a key, or null. */
        @Nullable
        Object get(Budget budget, Object key) {
            Entry found = entries.get(Operators.key(budget, key));
            return found == null ? null : found.value();
        }

        Iterable<Entry> entries() {
            return entries.values();
        }

        int size() {
            return entries.size();
        }
    }

    /** Jinja's namespace. */
    record Namespace(Map<String, Object> fields) {}

    /** The arguments of a call. */
    record Arguments(List<Object> positional, Map<String, Object> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());

        /**
         * The values of parameters in their order, null for each that is not given.
         *
         * @param required number of parameters that have to be given
         */
        @Nullable
        Object[] bind(String function, int required, String... names) {
            if (positional.size() > names.length) {
                throw new Failure(
                        function + " takes at most " + names.length + " arguments, found " + positional.size());
            }
            Object[] bound = positional.toArray(new Object[names.length]);
            named.forEach((name, value) -> {
                int index = List.of(names).indexOf(name);
                if (index < 0 || bound[index] != null) {
                    throw new Failure(function + " takes no argument " + name + " here");
                }
                bound[index] = value;
            });
            for (int i = 0; i < required; i++) {
                if (bound[i] == null) {
                    throw new Failure(function + " needs the argument " + names[i]);
                }
            }
            return bound;
        }

        /** As {@link #bind}, for a function whose arguments have no names. */
        @Nullable
        Object[] unnamed(String function, int required, int most) {
            if (!named.isEmpty() || positional.size() < required || positional.size() > most) {
                throw new Failure(
                        function + " takes " + required + " to " + most + " arguments without names, found " + this);
            }
            return positional.toArray(new Object[most]);
        }

        @Override
        public String toString() {
            return positional.size() + " and " + named.keySet();
        }
    }

    /** Calls what may be a function. */
    static Object call(Budget budget, @Nullable Object function, Arguments arguments) {
        if (function instanceof Function known) {
            return known.call(budget, arguments);
        }
        throw new Failure(
                function instanceof Undefined undefined
                        ? undefined.message()
                        : "'" + (function == null ? "NoneType" : type(function)) + "' object is not callable");
    }

    /** A value of Java as a template sees it. */
    static Object of(Budget budget, @Nullable Object value) {
        if (value == null) {
            return None.NONE;
        }
        if (value instanceof CharSequence text) {
            return budget.text(text.toString());
        }
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof BigInteger number) {
            budget.requireBits(number.bitLength());
            return number;
        }
        if (value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long) {
            return BigInteger.valueOf(((Number) value).longValue());
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        budget.down();
        Object made;
        if (value instanceof Map<?, ?> map) {
            Dict dict = new Dict();
            map.forEach((key, one) -> dict.put(budget, of(budget, key), of(budget, one)));
            made = dict;
        } else if (value instanceof Iterable<?> list) {
            List<Object> items = new ArrayList<>();
            for (Object item : list) {
                budget.items(1);
                items.add(of(budget, item));
            }
            made = new Sequence(items, false);
        } else {
            throw new Failure("a value is a " + value.getClass().getName()
                    + ", expected texts, numbers, booleans, lists and maps");
        }
        budget.up();
        return made;
    }

    /** Python's name of a value's type. */
    static String type(Object value) {
        if (value instanceof Sequence sequence) {
            return sequence.isTuple() ? "tuple" : "list";
        }
        if (value instanceof View view) {
            return "dict_" + view.kind();
        }
        return value instanceof None
                ? "NoneType"
                : value instanceof Boolean
                        ? "bool"
                        : value instanceof BigInteger
                                ? "int"
                                : value instanceof Double
                                        ? "float"
                                        : value instanceof String
                                                ? "str"
                                                : value instanceof Iterator
                                                        ? "generator"
                                                        : value instanceof Function
                                                                ? "function"
                                                                : value.getClass()
                                                                        .getSimpleName()
                                                                        .toLowerCase(java.util.Locale.ROOT);
    }
}
