package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Range;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;
import org.lsradapt.models.internal.chat.Values.View;

/** The tests behind {@code is} that templates of published models use, and their next of kin. */
final class Tests {
    /** A test. */
    @FunctionalInterface
    interface Test {
        boolean holds(Budget budget, Object value, Arguments arguments);
    }

    @FunctionalInterface
    private interface Comparison {
        boolean holds(Budget budget, Object value, Object other);
    }

    /** The tests of Jinja that are not supported. */
    static final Set<String> REFUSED = Set.of("filter", "test", "lower", "upper", "callable", "sameas", "escaped");

    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        add("defined", value -> !(value instanceof Undefined));
        add("undefined", value -> value instanceof Undefined);
        add("none", value -> value instanceof None);
        add("boolean", value -> value instanceof Boolean);
        add("true", value -> value.equals(true));
        add("false", value -> value.equals(false));
        add("integer", value -> value instanceof BigInteger);
        add("float", value -> value instanceof Double);
        add("number", value -> value instanceof Number || value instanceof Boolean);
        add("string", value -> value instanceof String || value instanceof Safe);
        add("mapping", value -> value instanceof Dict);
        add("sequence", Tests::isSequence);
        add(
                "iterable",
                value -> isSequence(value)
                        || value instanceof View
                        || value instanceof Iterator
                        || value instanceof Loop);
        add((budget, value, other) -> Operators.equal(budget, value, other), "eq", "==", "equalto");
        add((budget, value, other) -> !Operators.equal(budget, value, other), "ne", "!=");
        add((budget, value, other) -> Operators.ordered(budget, "<", value, other), "lt", "<", "lessthan");
        add((budget, value, other) -> Operators.ordered(budget, "<=", value, other), "le", "<=");
        add((budget, value, other) -> Operators.ordered(budget, ">", value, other), "gt", ">", "greaterthan");
        add((budget, value, other) -> Operators.ordered(budget, ">=", value, other), "ge", ">=");
        add((budget, value, other) -> Operators.contains(budget, other, value), "in");
        add((budget, value, other) -> leaves(budget, value, other, 0), "divisibleby");
        ALL.put("odd", (budget, value, given) -> {
            given.unnamed("odd", 0, 0);
            return leaves(budget, value, BigInteger.TWO, 1);
        });
        ALL.put("even", (budget, value, given) -> {
            given.unnamed("even", 0, 0);
            return leaves(budget, value, BigInteger.TWO, 0);
        });
    }

    private Tests() {}

    private static void add(String name, Predicate<Object> test) {
        ALL.put(name, (budget, value, given) -> {
            given.unnamed(name, 0, 0);
            return test.test(value);
        });
    }

    private static void add(Comparison comparison, String... names) {
        for (String name : names) {
            ALL.put(name, (budget, value, given) -> comparison.holds(budget, value, given.unnamed(name, 1, 1)[0]));
        }
    }

    /** The test of that name. */
    static Test named(String name) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new Failure("test " + name + " is not supported");
        }
        return test;
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Safe
                || value instanceof Sequence
                || value instanceof Dict
                || value instanceof Range
                || value instanceof Undefined;
    }

    private static boolean leaves(Budget budget, Object value, Object divisor, long rest) {
        return Operators.equal(budget, Operators.binary(budget, "%", value, divisor), BigInteger.valueOf(rest));
    }
}
