package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.List;
import java.util.function.Predicate;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** The tests after {@code is} that templates of published models use, and related ones. */
final class Tests {
    static final Builtin.Table<Object> ALL =
            new Builtin.Table<>("test", Object.class, "filter test lower upper callable sameas escaped divisibleby");

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
        add("sequence", value -> isIterable(value) && !(value instanceof Sequence list && !list.hasIndices()));
        add("iterable", value -> isIterable(value) || value instanceof Loop);
        for (String names :
                List.of("==|eq|equalto", "!=|ne", "<|lt|lessthan", "<=|le", ">|gt|greaterthan", ">=|ge", "in")) {
            String operator = names.split("\\|")[0];
            ALL.add(names + " 1", (budget, value, given) -> Operators.compare(budget, operator, value, given[0]));
        }
        ALL.add("odd", (budget, value, given) -> leavesOne(budget, value));
        ALL.add("even", (budget, value, given) -> !leavesOne(budget, value));
    }

    private Tests() {}

    private static void add(String name, Predicate<Object> test) {
        ALL.add(name, (budget, value, given) -> test.test(value));
    }

    private static boolean isIterable(Object value) {
        return value instanceof String
                || value instanceof Safe
                || value instanceof Sequence
                || value instanceof Dict
                || value instanceof Undefined;
    }

    private static boolean leavesOne(Budget budget, Object value) {
        return Operators.binary(budget, "%", Texts.integer(value), BigInteger.TWO)
                .equals(BigInteger.ONE);
    }
}
