package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Range;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;
import org.lsradapt.models.internal.chat.Values.View;

/** Python's operators. */
final class Operators {

    private Operators() {}

    static boolean truth(Object value) {
        if (value instanceof Boolean known) {
            return known;
        }
        if (value instanceof BigInteger number) {
            return number.signum() != 0;
        }
        if (value instanceof Double number) {
            return number != 0;
        }
        if (value instanceof Safe safe) {
            return !safe.text().isEmpty();
        }
        if (value instanceof None) {
            return false;
        }
        long length = Access.lengthOrNone(value);
        return length != 0;
    }

    /** Python's {@code ==}. */
    static boolean equal(Budget budget, Object left, Object right) {
        if (left == right) {
            return !(left instanceof Double number && number.isNaN());
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
        if (a instanceof View || b instanceof View) {
            throw new Failure("== of the keys, values or items of a map is not supported");
        }
        if (a instanceof Range || b instanceof Range) {
            throw new Failure("== of a range is not supported");
        }
        budget.down();
        boolean equal = (a instanceof Sequence x && b instanceof Sequence y && equalItems(budget, x, y))
                || (a instanceof Dict p && b instanceof Dict q && equalMaps(budget, p, q));
        budget.up();
        return equal;
    }

    private static boolean equalItems(Budget budget, Sequence x, Sequence y) {
        if (x.isTuple() != y.isTuple() || x.items().size() != y.items().size()) {
            return false;
        }
        for (int i = 0; i < x.items().size(); i++) {
            budget.work(1);
            if (!same(budget, x.items().get(i), y.items().get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalMaps(Budget budget, Dict x, Dict y) {
        if (x.size() != y.size()) {
            return false;
        }
        for (Dict.Entry entry : x.entries()) {
            Object other = y.get(budget, entry.key());
            if (other == null || !same(budget, entry.value(), other)) {
                return false;
            }
        }
        return true;
    }

    /** How containers compare their elements: one is equal to itself, NaN included. */
    private static boolean same(Budget budget, Object left, Object right) {
        return left == right || equal(budget, left, right);
    }

    /** Booleans as the numbers that they are, and marked texts as texts. */
    private static Object plain(Object value) {
        return value instanceof Boolean known
                ? known ? BigInteger.ONE : BigInteger.ZERO
                : value instanceof Safe safe ? safe.text() : value;
    }

    /** Less than, equal or more than 0; 2 if one of them is no number. */
    private static int compareNumbers(Number a, Number b) {
        if (a instanceof BigInteger x && b instanceof BigInteger y) {
            return x.compareTo(y);
        }
        double x = a.doubleValue();
        double y = b.doubleValue();
        if (Double.isNaN(x) || Double.isNaN(y)) {
            return 2;
        }
        if (infinite(a) != 0 || infinite(b) != 0) {
            return Integer.compare(infinite(a), infinite(b));
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static int infinite(Number number) {
        return number instanceof Double value && value.isInfinite() ? value > 0 ? 1 : -1 : 0;
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof BigInteger integer ? new BigDecimal(integer) : new BigDecimal((Double) number);
    }

    /** Python's {@code <}, {@code <=}, {@code >} and {@code >=}. */
    static boolean ordered(Budget budget, String operator, Object left, Object right) {
        Object a = plain(left);
        Object b = plain(right);
        if (a instanceof Number x && b instanceof Number y) {
            int order = compareNumbers(x, y);
            return order != 2 && holds(operator, order);
        }
        if (a instanceof String x && b instanceof String y) {
            return holds(operator, Texts.compare(budget, x, y));
        }
        if (a instanceof Sequence x && b instanceof Sequence y && x.isTuple() == y.isTuple()) {
            int shorter = Math.min(x.items().size(), y.items().size());
            budget.down();
            for (int i = 0; i < shorter; i++) {
                budget.work(1);
                if (!same(budget, x.items().get(i), y.items().get(i))) {
                    boolean ordered = ordered(
                            budget, operator, x.items().get(i), y.items().get(i));
                    budget.up();
                    return ordered;
                }
            }
            budget.up();
            return holds(operator, Integer.compare(x.items().size(), y.items().size()));
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
        if (container instanceof Safe safe) {
            return contains(budget, safe.text(), value);
        }
        if (container instanceof Dict map) {
            return map.get(budget, value) != null;
        }
        if (container instanceof View view && view.kind().equals("keys")) {
            return view.map().get(budget, value) != null;
        }
        for (Iterator<Object> items = Access.iterator(budget, container); items.hasNext(); ) {
            budget.work(1);
            if (same(budget, items.next(), value)) {
                return true;
            }
        }
        return false;
    }

    /** What stands for a key in a map: equal for what Python takes to be equal. */
    static Object key(Budget budget, Object value) {
        Object plain = plain(value);
        budget.work(plain instanceof String text ? 1 + text.length() / 8 : 1);
        if (plain instanceof Double number && number == Math.rint(number) && !number.isInfinite()) {
            return new BigDecimal(number).toBigInteger();
        }
        if (plain instanceof Undefined) {
            return Undefined.class;
        }
        if (plain instanceof Sequence tuple && tuple.isTuple()) {
            budget.down();
            budget.items(tuple.items().size());
            List<Object> keys = new ArrayList<>();
            for (Object item : tuple.items()) {
                keys.add(key(budget, item));
            }
            budget.up();
            return keys;
        }
        if (plain instanceof String || plain instanceof Number || plain instanceof None) {
            return plain;
        }
        throw new Failure("unhashable type: '" + Values.type(value) + "'");
    }

    static Object binary(Budget budget, String operator, Object left, Object right) {
        Object a = left instanceof Boolean ? plain(left) : left;
        Object b = right instanceof Boolean ? plain(right) : right;
        if (a instanceof String text && operator.equals("%")) {
            return Formats.percent(budget, text, right);
        }
        if (a instanceof Number x && b instanceof Number y) {
            return x instanceof BigInteger i && y instanceof BigInteger j
                    ? integer(budget, operator, i, j)
                    : real(operator, asDouble(x), asDouble(y));
        }
        if (operator.equals("+") && isText(a) && isText(b)) {
            return a instanceof String x && b instanceof String y
                    ? new Text(budget).add(x).add(y).toString()
                    : new Safe(new Text(budget)
                            .add(escaped(budget, a))
                            .add(escaped(budget, b))
                            .toString());
        }
        if (operator.equals("+") && a instanceof Sequence x && b instanceof Sequence y && x.isTuple() == y.isTuple()) {
            budget.items((long) x.items().size() + y.items().size());
            List<Object> both = new ArrayList<>(x.items());
            both.addAll(y.items());
            return new Sequence(both, x.isTuple());
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

    /** What is added to a text marked by safe is escaped, even where nothing else is. */
    private static String escaped(Budget budget, Object value) {
        if (value instanceof Safe safe) {
            return safe.text();
        }
        Text escaped = new Text(budget);
        ((String) value)
                .codePoints()
                .forEach(point -> escaped.add(
                        switch (point) {
                            case '&' -> "&amp;";
                            case '<' -> "&lt;";
                            case '>' -> "&gt;";
                            case '\'' -> "&#39;";
                            case '"' -> "&#34;";
                            default -> Character.toString(point);
                        }));
        return escaped.toString();
    }

    private static @Nullable Object repeated(Budget budget, Object value, BigInteger times) {
        if (times.bitLength() >= Long.SIZE) {
            throw new Failure("cannot fit 'int' into an index-sized integer");
        }
        long number = times.signum() < 0 ? 0 : times.bitLength() > 31 ? Integer.MAX_VALUE : times.longValue();
        if (value instanceof String text) {
            return new Text(budget).add(text, number).toString();
        }
        if (value instanceof Sequence sequence) {
            budget.items(sequence.items().size() * number);
            List<Object> items = new ArrayList<>();
            for (long i = 0; i < number && !sequence.items().isEmpty(); i++) {
                items.addAll(sequence.items());
            }
            return new Sequence(items, sequence.isTuple());
        }
        return null;
    }

    private static Object integer(Budget budget, String operator, BigInteger a, BigInteger b) {
        if (b.signum() == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Failure("division by zero");
        }
        return switch (operator) {
            case "+" -> bounded(budget, a.add(b));
            case "-" -> bounded(budget, a.subtract(b));
            case "*" -> {
                budget.requireBits((long) a.bitLength() + b.bitLength() - 1);
                yield a.multiply(b);
            }
            case "/" ->
                a.signum() == 0 && b.signum() < 0
                        ? -0.0
                        : asDouble(new BigDecimal(a).divide(new BigDecimal(b), new MathContext(60)));
            case "//" -> floorDivided(a, b);
            case "%" -> a.subtract(floorDivided(a, b).multiply(b));
            default -> power(budget, a, b);
        };
    }

    private static BigInteger bounded(Budget budget, BigInteger number) {
        budget.requireBits(number.bitLength());
        return number;
    }

    private static BigInteger floorDivided(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() != 0 && parts[1].signum() != b.signum() ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static BigInteger power(Budget budget, BigInteger a, BigInteger b) {
        // Jinja folds a negative constant first and then writes -10 ** n, which Python reads as -(10 ** n).
        if (a.signum() < 0 || b.signum() < 0 || b.bitLength() > 31) {
            throw new Failure("** is supported for integers of at least 0, with exponents from 0 to 2147483647");
        }
        if (a.bitLength() < 2) {
            return b.signum() == 0 ? BigInteger.ONE : a;
        }
        budget.requireBits((a.bitLength() - 1L) * b.longValue());
        return bounded(budget, a.pow(b.intValue()));
    }

    static double asDouble(Number number) {
        double value = number.doubleValue();
        if (Double.isInfinite(value) && !(number instanceof Double)) {
            throw new Failure("int too large to convert to float");
        }
        return value;
    }

    private static Object real(String operator, double a, double b) {
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Failure("float division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "%" -> modulo(a, b);
            case "//" -> floorDivided(a, b);
            default -> throw new Failure("** of floats is not supported");
        };
    }

    private static double floorDivided(double a, double b) {
        double left = a % b;
        double quotient = (a - left) / b - (left != 0 && left < 0 != b < 0 ? 1 : 0);
        double floor = Math.floor(quotient);
        return quotient == 0 ? Math.copySign(0, a / b) : quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double modulo(double a, double b) {
        double left = a % b;
        return left == 0 ? Math.copySign(0, b) : left < 0 != b < 0 ? left + b : left;
    }

    /** {@code +} and {@code -} before a value. */
    static Object unary(String operator, Object value) {
        Object plain = plain(value);
        if (plain instanceof BigInteger number) {
            return operator.equals("-") ? number.negate() : number;
        }
        if (plain instanceof Double number) {
            return operator.equals("-") ? Double.valueOf(-number) : number;
        }
        throw unsupported(operator, value, value);
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
