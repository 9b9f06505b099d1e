package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;
import org.lsradapt.models.internal.chat.Values.View;

/** The filters of lists and maps. As in Jinja, some of them give elements when they are asked for, once. */
final class Sequences {

    private Sequences() {}

    static Object items(Budget budget, Object value, Arguments given) {
        given.bind("items", 0);
        return lazily(() -> {
            if (!(value instanceof Dict) && !(value instanceof Undefined)) {
                throw new Failure("Can only get item pairs from a mapping.");
            }
            return value instanceof Dict map ? new View(map, "items").iterator() : Collections.emptyIterator();
        });
    }

    static Object first(Budget budget, Object value, Arguments given) {
        given.bind("first", 0);
        Iterator<Object> items = Access.iterator(budget, value);
        return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
    }

    static Object last(Budget budget, Object value, Arguments given) {
        given.bind("last", 0);
        Iterator<Object> items = reversed(budget, value);
        return items.hasNext() ? items.next() : new Undefined("No last item, sequence was empty.");
    }

    private static Iterator<Object> reversed(Budget budget, Object value) {
        if (Access.lengthOrNone(value) < 0) {
            throw new Failure("'" + Values.type(value) + "' object is not reversible");
        }
        List<Object> items = Access.list(budget, value);
        Collections.reverse(items);
        return items.iterator();
    }

    static Object reverse(Budget budget, Object value, Arguments given) {
        given.bind("reverse", 0);
        if (value instanceof String text) {
            Text reversed = new Text(budget);
            reversed(budget, text).forEachRemaining(one -> reversed.add((String) one));
            return reversed.toString();
        }
        if (value instanceof Iterator) {
            List<Object> items = Access.list(budget, value);
            Collections.reverse(items);
            return new Sequence(items, false);
        }
        return reversed(budget, value);
    }

    static Object map(Budget budget, Object value, Arguments given) {
        return lazily(() -> {
            if (!Operators.truth(value)) {
                return Collections.emptyIterator();
            }
            UnaryOperator<Object> mapped;
            if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
                Object[] all = given.bind("map", 1, "attribute", "default");
                mapped = getter(budget, all[0], Formats.given(all[1]) ? all[1] : null);
            } else {
                Arguments rest = rest(given, 0, "map needs the name of a filter");
                Filters.Filter filter =
                        Filters.named(Texts.string(given.positional().get(0)));
                mapped = item -> filter.apply(budget, item, rest);
            }
            Iterator<Object> items = Access.iterator(budget, value);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public Object next() {
                    budget.work(1);
                    return mapped.apply(items.next());
                }
            };
        });
    }

    private static Arguments rest(Arguments given, int name, String message) {
        if (given.positional().size() <= name) {
            throw new Failure(message);
        }
        return new Arguments(
                given.positional().subList(name + 1, given.positional().size()), given.named());
    }

    static Object select(Budget budget, Object value, Arguments given, boolean byAttribute, boolean kept) {
        return lazily(() -> {
            if (!Operators.truth(value)) {
                return Collections.emptyIterator();
            }
            int test = byAttribute ? 1 : 0;
            if (given.positional().size() < test) {
                throw new Failure("Missing parameter for attribute name");
            }
            UnaryOperator<Object> getter =
                    getter(budget, byAttribute ? given.positional().get(0) : null, null);
            Predicate<Object> holds;
            if (given.positional().size() == test) {
                holds = Operators::truth;
            } else {
                Arguments rest = rest(given, test, "");
                Tests.Test named = Tests.named(Texts.string(given.positional().get(test)));
                holds = item -> named.holds(budget, item, rest);
            }
            return filtered(budget, Access.iterator(budget, value), item -> holds.test(getter.apply(item)) == kept);
        });
    }

    static Object unique(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("unique", 0, "case_sensitive", "attribute");
        return lazily(() -> {
            UnaryOperator<Object> getter = caseless(budget, all[0], getter(budget, all[1], null));
            Set<Object> seen = new HashSet<>();
            return filtered(budget, Access.iterator(budget, value), item -> {
                budget.items(1);
                return seen.add(Operators.key(budget, getter.apply(item)));
            });
        });
    }

    static Object sort(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        List<UnaryOperator<Object>> getters = new ArrayList<>();
        if (all[2] instanceof String several) {
            for (String one : several.split(",", -1)) {
                getters.add(caseless(budget, all[1], getter(budget, one, null)));
            }
        } else {
            getters.add(caseless(budget, all[1], getter(budget, all[2], null)));
        }
        return sorted(budget, Access.list(budget, value), all[0], item -> {
            budget.items(getters.size());
            List<Object> keys = new ArrayList<>();
            getters.forEach(getter -> keys.add(getter.apply(item)));
            return new Sequence(keys, false);
        });
    }

    static Object dictsort(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        Object by = all[1] == null ? "key" : all[1];
        if (!(value instanceof Dict map) || (!by.equals("key") && !by.equals("value"))) {
            throw new Failure("dictsort: expected a mapping, and by='key' or by='value'");
        }
        UnaryOperator<Object> key = pair -> ((Sequence) pair).items().get(by.equals("key") ? 0 : 1);
        return sorted(budget, Access.list(budget, new View(map, "items")), all[2], caseless(budget, all[0], key));
    }

    private static Sequence sorted(
            Budget budget, List<Object> items, @Nullable Object reverse, UnaryOperator<Object> getter) {
        record Keyed(Object key, Object item) {}
        List<Keyed> keyed = new ArrayList<>();
        items.forEach(item -> keyed.add(new Keyed(getter.apply(item), item)));
        boolean backward = reverse != null && Operators.truth(reverse);
        keyed.sort((x, y) -> backward ? order(budget, y.key(), x.key()) : order(budget, x.key(), y.key()));
        List<Object> sorted = new ArrayList<>();
        keyed.forEach(one -> sorted.add(one.item()));
        return new Sequence(sorted, false);
    }

    static int order(Budget budget, Object x, Object y) {
        budget.work(1);
        return Operators.ordered(budget, "<", x, y) ? -1 : Operators.ordered(budget, "<", y, x) ? 1 : 0;
    }

    static Object extreme(Budget budget, Object value, Arguments given, String which) {
        Object[] all = given.bind(which, 0, "case_sensitive", "attribute");
        UnaryOperator<Object> getter = caseless(budget, all[0], getter(budget, all[1], null));
        Iterator<Object> items = Access.iterator(budget, value);
        if (!items.hasNext()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Object best = items.next();
        Object bestKey = getter.apply(best);
        while (items.hasNext()) {
            Object item = items.next();
            Object key = getter.apply(item);
            if (Operators.ordered(budget, which.equals("min") ? "<" : ">", key, bestKey)) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    static Object sum(Budget budget, Object value, Arguments given) {
        Object[] all = given.bind("sum", 0, "attribute", "start");
        UnaryOperator<Object> getter = getter(budget, all[0], null);
        Object sum = all[1] == null ? BigInteger.ZERO : all[1];
        if (sum instanceof String) {
            throw new Failure("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Iterator<Object> items = Access.iterator(budget, value); items.hasNext(); ) {
            budget.work(1);
            sum = Operators.binary(budget, "+", sum, getter.apply(items.next()));
        }
        return sum;
    }

    /** Looks up a path of elements, "a.b.0", or the value itself if there is none. */
    static UnaryOperator<Object> getter(Budget budget, @Nullable Object path, @Nullable Object absent) {
        if (!Formats.given(path)) {
            return item -> item;
        }
        List<Object> parts = new ArrayList<>();
        if (path instanceof String names) {
            for (String name : names.split("\\.", -1)) {
                budget.items(1);
                parts.add(Formats.isIndex(name) ? new BigInteger(name) : name);
            }
        } else {
            parts.add(path);
        }
        return item -> {
            Object found = item;
            for (Object part : parts) {
                budget.work(1);
                found = Access.item(budget, found, part);
                found = absent != null && found instanceof Undefined ? absent : found;
            }
            return found;
        };
    }

    private static UnaryOperator<Object> caseless(
            Budget budget, @Nullable Object caseMatters, UnaryOperator<Object> getter) {
        return caseMatters != null && Operators.truth(caseMatters)
                ? getter
                : item -> {
                    Object key = getter.apply(item);
                    return key instanceof String text ? Texts.cased(budget, text, "lower") : key;
                };
    }

    /** Python's generators begin when their first element is asked for. */
    private static Iterator<Object> lazily(Supplier<Iterator<Object>> items) {
        return new Iterator<>() {
            private @Nullable Iterator<Object> made;

            private Iterator<Object> items() {
                if (made == null) {
                    made = items.get();
                }
                return made;
            }

            @Override
            public boolean hasNext() {
                return items().hasNext();
            }

            @Override
            public Object next() {
                return items().next();
            }
        };
    }

    /** The elements that pass, each looked for when it is asked for. */
    static Iterator<Object> filtered(Budget budget, Iterator<Object> items, Predicate<Object> passes) {
        return new Iterator<>() {
            private @Nullable Object next;

            @Override
            public boolean hasNext() {
                while (next == null && items.hasNext()) {
                    budget.work(1);
                    Object item = items.next();
                    if (passes.test(item)) {
                        next = item;
                    }
                }
                return next != null;
            }

            @Override
            public Object next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Object item = next;
                next = null;
                return item;
            }
        };
    }
}
