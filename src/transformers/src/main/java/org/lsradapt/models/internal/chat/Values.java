package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of templates: String, Boolean, BigInteger and Double as Python's str, bool, int and float, and these types. */
final class Values {

    private Values() {}

    /** Python's None. */
    enum None {
        NONE
    }

    /** A name or an element that does not exist, with the message of the failure when it is used. */
    record Undefined(String message) {}

    /** A text that the filter {@code safe} has marked: it can be printed, added and compared, and nothing else. */
    record Safe(String text) {}

    record Namespace(Map<String, Object> fields) {}

    /** A function, a method of a value, or a macro. */
    @FunctionalInterface
    interface Function {
        Object call(Budget budget, Arguments arguments);
    }

    /** Python's types of elements in an order. */
    enum Kind {
        LIST,
        TUPLE,
        RANGE,
        KEYS,
        VALUES,
        ITEMS,
        GENERATOR
    }

    /** Elements in an order. A generator's are computed at once, so that it may be used once only. */
    static final class Sequence {
        private final Kind kind;
        private final List<Object> items;
        private boolean used;

        Sequence(Kind kind, List<Object> items) {
            this.kind = kind;
            this.items = items;
        }

        Kind kind() {
            return kind;
        }

        int size() {
            return items.size();
        }

        boolean isListOrTuple() {
            return kind == Kind.LIST || kind == Kind.TUPLE;
        }

        boolean hasIndices() {
            return isListOrTuple() || kind == Kind.RANGE;
        }

        List<Object> items() {
            if (used) {
                throw new Failure("using the elements of a filter twice is not supported; |list makes them a list");
            }
            used = kind == Kind.GENERATOR;
            return items;
        }
    }

    static Sequence list(List<Object> items) {
        return new Sequence(Kind.LIST, items);
    }

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

        Sequence view(Budget budget, Kind kind) {
            budget.items(entries.size() * (kind == Kind.ITEMS ? 3L : 1L));
            List<Object> items = new ArrayList<>();
            entries.values()
                    .forEach(entry -> items.add(
                            switch (kind) {
                                case KEYS -> entry.key();
                                case VALUES -> entry.value();
                                default -> new Sequence(Kind.TUPLE, List.of(entry.key(), entry.value()));
                            }));
            return new Sequence(kind, items);
        }
    }

    record Arguments(List<Object> positional, Map<String, Object> named) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());

        /** The values of parameters in their order, null for each that is not given; the first ones are required. */
        @Nullable
        Object[] bind(String function, int required, List<String> names) {
            if (positional.size() > names.size()) {
                throw new Failure(
                        function + " takes at most " + names.size() + " arguments, found " + positional.size());
            }
            Object[] bound = positional.toArray(new Object[names.size()]);
            named.forEach((name, value) -> {
                int index = names.indexOf(name);
                if (index < 0 || bound[index] != null) {
                    throw new Failure(function + " takes no argument " + name + " here");
                }
                bound[index] = value;
            });
            for (int i = 0; i < required; i++) {
                if (bound[i] == null) {
                    throw new Failure(function + " needs " + required + " arguments");
                }
            }
            return bound;
        }
    }

    /** Calls a value, which must be a function. */
    static Object call(Budget budget, Object function, Arguments arguments) {
        if (function instanceof Function known) {
            return known.call(budget, arguments);
        }
        Access.requireDefined(function);
        throw new Failure("'" + type(function) + "' object is not callable");
    }

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
        if (value instanceof Number number) {
            boolean isReal = value instanceof Double || value instanceof Float || value instanceof java.math.BigDecimal;
            if (isReal && !(Math.abs(number.doubleValue()) < Double.POSITIVE_INFINITY)) {
                throw new Failure("a value is " + number + ", expected finite numbers");
            }
            return isReal ? (Object) number.doubleValue() : BigInteger.valueOf(number.longValue());
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
            made = list(items);
        } else {
            throw new Failure("a value is a " + value.getClass().getName()
                    + ", expected texts, numbers, booleans, lists and maps");
        }
        budget.up();
        return made;
    }

    /** The name of a value's type, for messages. */
    static String type(Object value) {
        String name = value instanceof Function ? "function" : value.getClass().getSimpleName();
        return (value instanceof Sequence list ? list.kind().name() : name).toLowerCase(Locale.ROOT);
    }
}
