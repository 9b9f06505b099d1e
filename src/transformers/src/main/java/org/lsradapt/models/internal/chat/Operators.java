package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

final class Operators {

    private Operators() {}

    static boolean truth(Object value) {
        return value instanceof Boolean known
                ? known
                : value instanceof Number number
                        ? number instanceof BigInteger integer ? integer.signum() != 0 : number.doubleValue() != 0
                        : value instanceof Safe safe
                                ? !safe.text().isEmpty()
                                : !(value instanceof None) && Access.lengthOrNone(value) != 0;
    }

    static boolean compare(Budget budget, String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> equal(budget, left, right);
            case "!=" -> !equal(budget, left, right);
            case "in" -> contains(budget, right, left);
            case "not in" -> !contains(budget, right, left);
            default -> ordered(budget, operator, left, right);
        };
    }

    /** Python's {@code ==}. */
    static boolean equal(Budget budget, Object left, Object right) {
        budget.work(1);
        if (left == right) {
            return true;
        }
        Object a = plain(left);
        Object b = plain(right);
        if (a instanceof Number x && b instanceof Number y) {
            return compareNumbers(x, y) == 0;
        }
        if (a instanceof String x && b instanceof String y) {
            budget.work(x.length() == y.length() ? x.length() : 1);
            return x.equals(y);
        }
        if (a instanceof Undefined) {
            return b instanceof Undefined;
        }
        for (Object one : new Object[] {a, b}) {
            if (one instanceof Sequence other && !other.isListOrTuple() && other.kind() != Kind.GENERATOR) {
                throw new Failure("== of a " + Values.type(one) + " is not supported");
            }
        }
        budget.down();
        boolean equal = false;
        if (a instanceof Sequence x && b instanceof Sequence y) {
            equal = x.isListOrTuple() && x.kind() == y.kind() && x.size() == y.size();
            for (int i = 0; equal && i < x.size(); i++) {
                budget.work(1);
                equal = equal(budget, x.items().get(i), y.items().get(i));
            }
        } else if (a instanceof Dict x && b instanceof Dict y) {
            equal = x.size() == y.size();
            for (Dict.Entry entry : x.entries()) {
                Object other = equal ? y.get(budget, entry.key()) : null;
                equal = other != null && equal(budget, entry.value(), other);
            }
        }
        budget.up();
        return equal;
    }

    /** Booleans as the numbers that they are, and marked texts as texts. */
    private static Object plain(Object value) {
        return value instanceof Boolean known
                ? known ? BigInteger.ONE : BigInteger.ZERO
                : value instanceof Safe safe ? safe.text() : value;
    }

    private static int compareNumbers(Number a, Number b) {
        return a instanceof BigInteger x && b instanceof BigInteger y
                ? x.compareTo(y)
                : decimal(a).compareTo(decimal(b));
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof BigInteger integer ? new BigDecimal(integer) : new BigDecimal((Double) number);
    }

    /** Python's {@code <}, {@code <=}, {@code >} and {@code >=}. */
    static boolean ordered(Budget budget, String operator, Object left, Object right) {
        budget.work(1);
        Object a = plain(left);
        Object b = plain(right);
        if (a instanceof Number x && b instanceof Number y) {
            return holds(operator, compareNumbers(x, y));
        }
        if (a instanceof String x && b instanceof String y) {
            return holds(operator, Texts.compare(budget, x, y));
        }
        throw unsupported(operator, left, right);
    }

    private static boolean holds(String operator, int order) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** Python's {@code in}. */
    static boolean contains(Budget budget, Object container, Object value) {
        if (container instanceof String text) {
            if (!(plain(value) instanceof String part)) {
                throw new Failure("'in <string>' requires string as left operand, not " + Values.type(value));
            }
            return Texts.find(budget, text, part, 0) >= 0;
        }
        if (container instanceof Dict map) {
            return map.get(budget, value) != null;
        }
        if (container instanceof Sequence view && (view.kind() == Kind.KEYS || view.kind() == Kind.ITEMS)) {
            key(budget, value);
        }
        for (Object item : Access.items(budget, container)) {
            budget.work(1);
            if (equal(budget, item, value)) {
                return true;
            }
        }
        return false;
    }

    /** A key of a map, equal for values that Python takes to be equal. */
    static Object key(Budget budget, Object value) {
        Object plain = plain(value);
        budget.work(plain instanceof String text ? 1 + text.length() / 8 : 1);
        if (plain instanceof Double number && number == Math.rint(number)) {
            return new BigDecimal(number).toBigInteger();
        }
        if (plain instanceof Undefined) {
            return Undefined.class;
        }
        if (plain instanceof String || plain instanceof Number || plain instanceof None) {
            return plain;
        }
        throw new Failure("a key of type " + Values.type(value) + " is not supported");
    }

    static Object binary(Budget budget, String operator, Object left, Object right) {
        Object a = left instanceof Boolean ? plain(left) : left;
        Object b = right instanceof Boolean ? plain(right) : right;
        if (a instanceof Number x && b instanceof Number y) {
            if (x instanceof BigInteger i && y instanceof BigInteger j) {
                return integer(budget, operator, i, j);
            }
            throw new Failure(operator + " of floats is not supported");
        }
        if (operator.equals("%") && a instanceof String format) {
            return Texts.percent(budget, format, right);
        }
        if (operator.equals("+") && isText(a) && isText(b)) {
            return a instanceof String x && b instanceof String y
                    ? new Text(budget).add(x).add(y).toString()
                    : new Safe(new Text(budget)
                            .add(escaped(budget, a))
                            .add(escaped(budget, b))
                            .toString());
        }
        if (operator.equals("+")
                && a instanceof Sequence x
                && b instanceof Sequence y
                && x.kind() == y.kind()
                && x.isListOrTuple()) {
            budget.items((long) x.size() + y.size());
            List<Object> both = new ArrayList<>(x.items());
            both.addAll(y.items());
            return new Sequence(x.kind(), both);
        }
        if (operator.equals("*") && (a instanceof BigInteger || b instanceof BigInteger)) {
            Object repeated =
                    a instanceof BigInteger times ? repeated(budget, b, times) : repeated(budget, a, (BigInteger) b);
            if (repeated != null) {
                return repeated;
            }
        }
        throw unsupported(operator, left, right);
    }

    private static boolean isText(Object value) {
        return value instanceof String || value instanceof Safe;
    }

    /** Escapes a text that is added to one marked by safe, even where nothing else is escaped. */
    private static String escaped(Budget budget, Object value) {
        if (value instanceof Safe safe) {
            return safe.text();
        }
        String text = (String) value;
        String[] entities = {"&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", "\"", "&#34;"};
        for (int i = 0; i < entities.length; i += 2) {
            text = Texts.replace(budget, text, entities[i], entities[i + 1], -1);
        }
        return text;
    }

    private static @Nullable Object repeated(Budget budget, Object value, BigInteger times) {
        if (times.bitLength() >= Long.SIZE) {
            throw new Failure("cannot fit 'int' into an index-sized integer");
        }
        long number = times.signum() < 0 ? 0 : times.bitLength() > 31 ? Integer.MAX_VALUE : times.longValue();
        if (value instanceof String text) {
            return new Text(budget).add(text, number).toString();
        }
        if (value instanceof Sequence sequence && sequence.isListOrTuple()) {
            budget.items(sequence.size() * number);
            List<Object> items = new ArrayList<>();
            for (long i = 0; i < number && sequence.size() > 0; i++) {
                items.addAll(sequence.items());
            }
            return new Sequence(sequence.kind(), items);
        }
        return null;
    }

    private static Object integer(Budget budget, String operator, BigInteger a, BigInteger b) {
        long longer = Math.max(a.bitLength(), b.bitLength()) + 1L;
        budget.requireBits(operator.equals("*") ? (long) a.bitLength() + b.bitLength() : longer);
        if (operator.equals("//") || operator.equals("%")) {
            if (b.signum() == 0) {
                throw new Failure("division by zero");
            }
            BigInteger rest =
                    b.signum() > 0 ? a.mod(b) : a.negate().mod(b.negate()).negate();
            return operator.equals("%") ? rest : a.subtract(rest).divide(b);
        }
        return operator.equals("+") ? a.add(b) : operator.equals("-") ? a.subtract(b) : a.multiply(b);
    }

    static Object negative(Object value) {
        if (plain(value) instanceof BigInteger number) {
            return number.negate();
        }
        throw unsupported("-", value, value);
    }

    private static Failure unsupported(String operator, Object left, Object right) {
        for (Object one : new Object[] {left, right}) {
            if (one instanceof Undefined undefined) {
                return new Failure(undefined.message());
            }
        }
        return new Failure("unsupported operand types for " + operator + ": '" + Values.type(left) + "' and '"
                + Values.type(right) + "'");
    }
}
