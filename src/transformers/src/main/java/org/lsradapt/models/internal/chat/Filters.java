package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** The filters that templates of published models use, and related ones. */
final class Filters {
    static final Builtin.Table<Object> ALL = new Builtin.Table<>(
            "filter",
            Object.class,
            "abs attr batch center e escape filesizeformat float forceescape format groupby pprint random round slice"
                    + " striptags sum title truncate urlencode urlize wordcount wordwrap xmlattr");

    private static final Pattern INTEGER = Pattern.compile("[-+]?+[0-9]++(?:_[0-9]++)*+");

    static {
        for (String name : List.of("capitalize", "lower", "upper")) {
            ALL.add(name, (budget, value, given) -> Texts.cased(budget, text(budget, value), name));
        }
        ALL.add("count|length", (budget, value, given) -> BigInteger.valueOf(Access.length(budget, value)));
        ALL.add("d|default default_value? boolean?", Filters::defaulted);
        for (String name : List.of("max", "min")) {
            ALL.add(name + " case_sensitive? attribute?", (budget, value, given) -> {
                UnaryOperator<Object> key = key(budget, given[0], given[1]);
                Object best = new Undefined("No aggregated item, sequence was empty.");
                boolean first = true;
                for (Object item : Access.items(budget, value)) {
                    budget.work(4);
                    String operator = name.equals("max") ? ">" : "<";
                    if (first || Operators.ordered(budget, operator, key.apply(item), key.apply(best))) {
                        best = item;
                    }
                    first = false;
                }
                return best;
            });
        }
        ALL.add("dictsort", (budget, value, given) -> {
            if (!(value instanceof Dict map)) {
                throw new Failure("dictsort: expected a mapping, found " + Values.type(value));
            }
            UnaryOperator<Object> key = pair -> ((Sequence) pair).items().get(0);
            List<Object> items = map.view(budget, Kind.ITEMS).items();
            return Values.list(sorted(budget, items, caseless(budget, null, key), false));
        });
        ALL.add("first", (budget, value, given) -> first("first", Access.items(budget, value)));
        ALL.add("last", (budget, value, given) -> first("last", reversed(budget, value)));
        ALL.add("indent width? first? blank?", Filters::indent);
        ALL.add("int default?", Filters::integer);
        ALL.add("items", (budget, value, given) -> {
            if (!(value instanceof Dict) && !(value instanceof Undefined)) {
                throw new Failure("Can only get item pairs from a mapping.");
            }
            return generator(
                    value instanceof Dict map ? map.view(budget, Kind.ITEMS).items() : List.of());
        });
        ALL.add("join d? attribute?", (budget, value, given) -> {
            String separator = given[0] == null ? "" : Formats.str(budget, given[0]);
            UnaryOperator<Object> getter = getter(budget, given[1], null);
            return Texts.joined(
                    budget, separator, Access.items(budget, value), item -> Formats.str(budget, getter.apply(item)));
        });
        ALL.add("list", (budget, value, given) -> Values.list(Access.list(budget, value)));
        ALL.add(
                "replace old new count?",
                (budget, value, given) -> Texts.replace(
                        budget,
                        Formats.str(budget, value),
                        Formats.str(budget, given[0]),
                        Formats.str(budget, given[1]),
                        Texts.count(isGiven(given[2]) ? given[2] : null)));
        ALL.add("reverse", (budget, value, given) -> {
            boolean isGenerator = value instanceof Sequence list && list.kind() == Kind.GENERATOR;
            List<Object> items = reversed(budget, isGenerator ? Values.list(Access.items(budget, value)) : value);
            return value instanceof String
                    ? Texts.joined(budget, "", items, Texts::string)
                    : new Sequence(isGenerator ? Kind.LIST : Kind.GENERATOR, items);
        });
        ALL.add("safe", (budget, value, given) -> new Safe(Formats.str(budget, value)));
        ALL.add("sort reverse? case_sensitive? attribute?", (budget, value, given) -> {
            UnaryOperator<Object> key = key(budget, given[1], given[2]);
            return Values.list(sorted(budget, Access.items(budget, value), key, isTrue(given[0])));
        });
        ALL.add("string", (budget, value, given) -> value instanceof Safe ? value : Formats.str(budget, value));
        ALL.add("tojson ensure_ascii? indent? separators? sort_keys?", Json::dumps);
        ALL.add("trim chars?", (budget, value, given) -> Texts.strip(budget, text(budget, value), given[0], "strip"));
        ALL.add("unique case_sensitive? attribute?", (budget, value, given) -> {
            UnaryOperator<Object> key = key(budget, given[0], given[1]);
            Set<Object> seen = new HashSet<>();
            return chosen(budget, value, item -> {
                budget.items(1);
                return seen.add(Operators.key(budget, key.apply(item)));
            });
        });
        ALL.addAny("map", Filters::map);
        ALL.addAny("select", (budget, value, given) -> select(budget, value, given, 0, true));
        ALL.addAny("reject", (budget, value, given) -> select(budget, value, given, 0, false));
        ALL.addAny("selectattr", (budget, value, given) -> select(budget, value, given, 1, true));
        ALL.addAny("rejectattr", (budget, value, given) -> select(budget, value, given, 1, false));
    }

    private Filters() {}

    /** Whether an argument is given and not None. */
    static boolean isGiven(@Nullable Object value) {
        return value != null && !(value instanceof None);
    }

    static boolean isTrue(@Nullable Object value) {
        return value != null && Operators.truth(value);
    }

    private static String text(Budget budget, Object value) {
        if (value instanceof Safe) {
            throw new Failure("a filter of a text marked by safe is not supported");
        }
        return Formats.str(budget, value);
    }

    private static Object first(String name, List<Object> items) {
        return items.isEmpty() ? new Undefined("No " + name + " item, sequence was empty.") : items.get(0);
    }

    private static Sequence generator(List<Object> items) {
        return new Sequence(Kind.GENERATOR, items);
    }

    private static List<Object> reversed(Budget budget, Object value) {
        if (Access.lengthOrNone(value) < 0) {
            throw new Failure("'" + Values.type(value) + "' object is not reversible");
        }
        List<Object> items = Access.list(budget, value);
        Collections.reverse(items);
        return items;
    }

    private static Object defaulted(Budget budget, Object value, Object... given) {
        boolean isAbsent = value instanceof Undefined || (isTrue(given[1]) && !Operators.truth(value));
        return !isAbsent ? value : given[0] == null ? "" : given[0];
    }

    private static Object indent(Budget budget, Object value, Object... given) {
        Access.requireDefined(value);
        Object width = given[0] == null ? BigInteger.valueOf(4) : given[0];
        String space = (String) Operators.binary(budget, "*", " ", Texts.integer(width));
        Text made = new Text(budget);
        boolean first = true;
        for (String line : Texts.lines(budget, Texts.string(value) + "\n")) {
            boolean indents = first ? isTrue(given[1]) : isTrue(given[2]) || !line.isEmpty();
            made.add(first ? "" : "\n").add(indents ? space : "").add(line);
            first = false;
        }
        return made.toString();
    }

    private static Object integer(Budget budget, Object value, Object... given) {
        Access.requireDefined(value);
        if (value instanceof BigInteger || value instanceof Boolean) {
            return Texts.integer(value);
        }
        if (value instanceof Double number) {
            return new BigDecimal(number).toBigInteger();
        }
        if (value instanceof String text && text.codePoints().anyMatch(Character::isDigit)) {
            String digits = Texts.strip(text, Texts.SPACE, "strip");
            if (digits.length() > Budget.MOST_DIGITS || !INTEGER.matcher(digits).matches()) {
                throw new Failure("int of a text that is no integer is not supported");
            }
            return new BigInteger(digits.replace("_", ""));
        }
        return given[0] == null ? BigInteger.ZERO : given[0];
    }

    private static Object map(Budget budget, Object value, Arguments given) {
        UnaryOperator<Object> mapped;
        if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
            Object[] all = given.bind("map", 1, List.of("attribute", "default"));
            mapped = getter(budget, all[0], isGiven(all[1]) ? all[1] : null);
        } else {
            Builtin filter = ALL.named(nameAt(given, 0));
            Arguments rest = behind(given, 1);
            mapped = item -> filter.apply(budget, item, rest);
        }
        List<Object> made = new ArrayList<>();
        for (Object item : Operators.truth(value) ? Access.items(budget, value) : List.of()) {
            budget.items(1);
            made.add(mapped.apply(item));
        }
        return generator(made);
    }

    private static String nameAt(Arguments given, int index) {
        if (given.positional().size() <= index) {
            throw new Failure("the name of a filter, test or attribute is not given");
        }
        return Texts.string(given.positional().get(index));
    }

    private static Arguments behind(Arguments given, int index) {
        return new Arguments(
                given.positional().subList(index, given.positional().size()), given.named());
    }

    /** Keeps the elements whose attribute passes a test; the first {@code attributes} arguments give the attribute. */
    private static Object select(Budget budget, Object value, Arguments given, int attributes, boolean kept) {
        UnaryOperator<Object> getter = getter(budget, attributes == 0 ? null : nameAt(given, 0), null);
        Predicate<Object> holds = Operators::truth;
        if (given.positional().size() > attributes) {
            Builtin test = Tests.ALL.named(nameAt(given, attributes));
            Arguments rest = behind(given, attributes + 1);
            holds = item -> test.apply(budget, item, rest).equals(true);
        }
        Predicate<Object> test = holds;
        return chosen(
                budget,
                Operators.truth(value) ? value : Values.list(List.of()),
                item -> test.test(getter.apply(item)) == kept);
    }

    private static Object chosen(Budget budget, Object value, Predicate<Object> passes) {
        List<Object> chosen = new ArrayList<>();
        for (Object item : Access.items(budget, value)) {
            budget.work(1);
            if (passes.test(item)) {
                budget.items(1);
                chosen.add(item);
            }
        }
        return generator(chosen);
    }

    private static List<Object> sorted(
            Budget budget, List<Object> items, UnaryOperator<Object> getter, boolean backward) {
        record Keyed(Object key, Object item) {}
        budget.items(2L * items.size());
        List<Keyed> keyed = new ArrayList<>();
        items.forEach(item -> keyed.add(new Keyed(getter.apply(item), item)));
        keyed.sort((x, y) -> backward ? order(budget, y.key(), x.key()) : order(budget, x.key(), y.key()));
        List<Object> sorted = new ArrayList<>();
        keyed.forEach(one -> sorted.add(one.item()));
        return sorted;
    }

    /** Compares the keys of lists as Python orders them. */
    static int order(Budget budget, Object x, Object y) {
        budget.work(1);
        return Operators.equal(budget, x, y) ? 0 : Operators.ordered(budget, "<", x, y) ? -1 : 1;
    }

    /** Looks up a path of elements such as "a.b.0", or the value itself without a path. */
    private static UnaryOperator<Object> getter(Budget budget, @Nullable Object path, @Nullable Object absent) {
        if (!isGiven(path)) {
            return item -> item;
        }
        List<Object> parts = new ArrayList<>();
        for (String name : Texts.string(path).split("\\.", -1)) {
            budget.items(1);
            boolean isIndex = name.length() < 10 && name.matches("[0-9]+");
            parts.add(isIndex ? new BigInteger(name) : name);
        }
        return item -> {
            Object found = item;
            for (Object part : parts) {
                budget.work(1);
                boolean before = budget.ahead(true);
                if (found instanceof Loop) {
                    throw new Failure("loop in an element of a filter is not supported");
                }
                found = Access.item(budget, found, part);
                budget.ahead(before);
                found = absent != null && found instanceof Undefined ? absent : found;
            }
            return found;
        };
    }

    /** The key by which elements are ordered, without regard to case unless that matters. */
    private static UnaryOperator<Object> key(Budget budget, @Nullable Object caseMatters, @Nullable Object path) {
        if (path instanceof String several && several.contains(",")) {
            throw new Failure("sorting by several attributes is not supported");
        }
        return caseless(budget, caseMatters, getter(budget, path, null));
    }

    private static UnaryOperator<Object> caseless(
            Budget budget, @Nullable Object caseMatters, UnaryOperator<Object> getter) {
        return item -> {
            Object key = getter.apply(item);
            return key instanceof String text && !isTrue(caseMatters) ? Texts.cased(budget, text, "lower") : key;
        };
    }
}
