package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Range;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;
import org.lsradapt.models.internal.chat.Values.View;

/** Values as texts: Python's {@code str} and {@code repr}, its formats, and its dates. */
final class Formats {
    private static final Pattern DIRECTIVE =
            Pattern.compile("%([-+ 0]*+)(\\d{0,4}+)(?:\\.(\\d{0,4}+))?+(.)?", Pattern.DOTALL);
    private static final Pattern FIELD = Pattern.compile("\\{\\{|}}|\\{([^{}!:]*+)(?:!([rs]))?+}|[{}]");
    private static final Pattern PART = Pattern.compile("\\.([^.\\[]++)|\\[([^\\]]++)]");
    private static final int WIDEST = 1000;
    private static final int PIECE = 4096;

    private Formats() {}

    /** Python's {@code str}. */
    static String str(Budget budget, Object value) {
        return value instanceof String text
                ? text
                : value instanceof Safe safe ? safe.text() : value instanceof Undefined ? "" : repr(budget, value);
    }

    /** Python's {@code repr}. */
    static String repr(Budget budget, Object value) {
        Text text = new Text(budget);
        repr(budget, value, text);
        return text.toString();
    }

    private static void repr(Budget budget, Object value, Text text) {
        if (value instanceof String known) {
            addQuoted(budget, known, text);
        } else if (value instanceof None) {
            text.add("None");
        } else if (value instanceof Boolean known) {
            text.add(known ? "True" : "False");
        } else if (value instanceof BigInteger) {
            text.add(value.toString());
        } else if (value instanceof Double number) {
            text.add(real(number));
        } else if (value instanceof Undefined) {
            text.add("Undefined");
        } else if (value instanceof Loop loop) {
            text.add("<LoopContext " + loop.attribute(budget, "index") + "/" + loop.length(budget) + ">");
        } else if (value instanceof Range range) {
            text.add("range(" + range.start() + ", " + range.stop()
                    + (range.step() == 1 ? ")" : ", " + range.step() + ")"));
        } else {
            budget.down();
            if (value instanceof Sequence list) {
                text.add(list.isTuple() ? "(" : "[");
                all(budget, list.items().iterator(), text);
                text.add(list.isTuple() ? list.items().size() == 1 ? ",)" : ")" : "]");
            } else if (value instanceof Dict map) {
                map(budget, map, text);
            } else if (value instanceof View view) {
                text.add("dict_" + view.kind() + "([");
                all(budget, view.iterator(), text);
                text.add("])");
            } else if (value instanceof Namespace namespace) {
                Dict fields = new Dict();
                namespace.fields().forEach((name, one) -> fields.put(budget, name, one));
                text.add("<Namespace ");
                map(budget, fields, text);
                text.add(">");
            } else if (value instanceof Safe safe) {
                text.add("Markup(");
                addQuoted(budget, safe.text(), text);
                text.add(")");
            } else {
                throw new Failure("a " + Values.type(value) + " is not a text");
            }
            budget.up();
        }
    }

    private static void all(Budget budget, Iterator<Object> items, Text text) {
        for (String separator = ""; items.hasNext(); separator = ", ") {
            text.add(separator);
            repr(budget, items.next(), text);
        }
    }

    private static void map(Budget budget, Dict map, Text text) {
        text.add("{");
        String separator = "";
        for (Dict.Entry entry : map.entries()) {
            text.add(separator);
            repr(budget, entry.key(), text);
            text.add(": ");
            repr(budget, entry.value(), text);
            separator = ", ";
        }
        text.add("}");
    }

    private static void addQuoted(Budget budget, String text, Text out) {
        budget.work(text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        text.codePoints().forEach(point -> {
            int simple = "\n\r\t\\".indexOf(point);
            if (simple >= 0) {
                quoted.append('\\').append("nrt\\".charAt(simple));
            } else if (point == quote) {
                quoted.append('\\').append(quote);
            } else if (isPrintable(point)) {
                quoted.appendCodePoint(point);
            } else {
                String format = point < 256 ? "\\x%02x" : point < 65536 ? "\\u%04x" : "\\U%08x";
                quoted.append(String.format(Locale.ROOT, format, point));
            }
            if (quoted.length() > PIECE) {
                out.add(quoted.toString());
                quoted.setLength(0);
            }
        });
        out.add(quoted.append(quote).toString());
    }

    private static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> point == ' ';
            default -> true;
        };
    }

    /** A float as Python prints it: the shortest digits that mean it, with an exponent where it is large or small. */
    static String real(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }
        String sign = number < 0 || 1 / number < 0 ? "-" : "";
        if (number == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(number)).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        if (point > 16 || point <= -4) {
            String exponent = String.format(Locale.ROOT, "e%s%02d", point > 0 ? "+" : "-", Math.abs(point - 1));
            return sign + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + exponent;
        }
        String plain = shortest.toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }

    private static BigDecimal shortest(double number) {
        BigDecimal exact = new BigDecimal(number);
        for (int precision = 1; precision < 17; precision++) {
            BigDecimal best = null;
            for (RoundingMode mode : List.of(RoundingMode.DOWN, RoundingMode.UP)) {
                BigDecimal near = exact.round(new MathContext(precision, mode));
                if (near.doubleValue() == number
                        && (best == null || near.subtract(exact).compareTo(exact.subtract(best)) < 0)) {
                    best = near;
                }
            }
            if (best != null) {
                return best;
            }
        }
        return exact.round(new MathContext(17, RoundingMode.HALF_EVEN));
    }

    /** Python's {@code text % values}. */
    static String percent(Budget budget, String format, Object values) {
        List<Object> given = values instanceof Sequence tuple && tuple.isTuple() ? tuple.items() : List.of(values);
        Text text = new Text(budget);
        budget.work(format.length());
        Matcher directive = DIRECTIVE.matcher(format);
        int from = 0;
        int used = 0;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', from)) {
            text.add(format.substring(from, at));
            directive.region(at, format.length()).lookingAt();
            String kind = directive.group(4);
            if (kind == null || !"%srdif".contains(kind)) {
                throw new Failure("format %" + (kind == null ? "" : kind) + " is not supported");
            }
            if (!kind.equals("%") && used == given.size()) {
                throw new Failure("not enough arguments for format string");
            }
            if (kind.equals("%") && directive.end() > at + 2) {
                throw new Failure("format % with a width is not supported");
            }
            text.add(kind.equals("%") ? "%" : directed(budget, directive, kind, given.get(used++)));
            from = directive.end();
        }
        boolean indexable = values instanceof Dict
                || (values instanceof Sequence list && !list.isTuple())
                || values instanceof Range
                || values instanceof Undefined;
        if (used < given.size() && !indexable) {
            throw new Failure("not all arguments converted during string formatting");
        }
        return text.add(format.substring(from)).toString();
    }

    private static String directed(Budget budget, Matcher directive, String kind, Object value) {
        String flags = directive.group(1);
        int width = number(directive.group(2), 0);
        int precision = directive.group(3) == null ? -1 : number(directive.group(3), 0);
        boolean isNumber = "dif".contains(kind);
        String text = isNumber
                ? numeral(kind, value, precision)
                : kind.equals("s") ? str(budget, value) : repr(budget, value);
        if (!isNumber && precision >= 0 && precision < text.codePointCount(0, text.length())) {
            text = text.substring(0, text.offsetByCodePoints(0, precision));
        }
        if (isNumber && !text.startsWith("-")) {
            text = flags.contains("+") ? "+" + text : flags.contains(" ") ? " " + text : text;
        }
        int missing = Math.max(0, width - text.codePointCount(0, text.length()));
        if (flags.contains("-")) {
            return text + " ".repeat(missing);
        }
        if (isNumber && flags.contains("0") && !text.endsWith("inf") && !text.endsWith("nan")) {
            int sign = text.isEmpty() || Character.isDigit(text.charAt(0)) ? 0 : 1;
            return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
        }
        return " ".repeat(missing) + text;
    }

    private static String numeral(String kind, Object value, int precision) {
        Object plain = value instanceof Boolean ? Texts.integer(value) : value;
        if (!(plain instanceof Number any)) {
            throw new Failure("%" + kind + " format: a number is required, not " + Values.type(value));
        }
        if (kind.equals("f")) {
            double number = Operators.asDouble(any);
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                return real(number);
            }
            String digits = new BigDecimal(number)
                    .abs()
                    .setScale(precision < 0 ? 6 : precision, RoundingMode.HALF_EVEN)
                    .toPlainString();
            return number < 0 || 1 / number < 0 ? "-" + digits : digits;
        }
        if (precision >= 0) {
            throw new Failure("%" + kind + " with a precision is not supported");
        }
        if (plain instanceof Double number) {
            if (number.isNaN() || number.isInfinite()) {
                throw new Failure("cannot convert float " + real(number) + " to integer");
            }
            return new BigDecimal(number).toBigInteger().toString();
        }
        return plain.toString();
    }

    private static int number(String digits, int absent) {
        int number = digits.isEmpty() ? absent : Integer.parseInt(digits);
        if (number > WIDEST) {
            throw new Failure("a format is " + number + " wide, expected " + WIDEST + " at most");
        }
        return number;
    }

    /** Python's {@code text.format(…)}, with fields that have no format of their own. */
    static String format(Budget budget, String format, Arguments given) {
        Text text = new Text(budget);
        budget.work(format.length());
        Matcher field = FIELD.matcher(format);
        int from = 0;
        int next = 0;
        boolean numbered = false;
        while (field.find()) {
            text.add(format.substring(from, field.start()));
            from = field.end();
            if (field.group().equals("{{") || field.group().equals("}}")) {
                text.add(field.group().substring(1));
                continue;
            }
            String name = field.group(1);
            if (name == null) {
                throw new Failure(
                        "format: '" + field.group() + "' has no partner, or a format, which is not supported");
            }
            int end = Math.min(end(name, '.'), end(name, '['));
            String first = name.substring(0, end);
            numbered |= !first.isEmpty() && first.chars().allMatch(Character::isDigit);
            if (first.isEmpty() && numbered) {
                throw new Failure("cannot switch from manual field specification to automatic field numbering");
            }
            Object value = fieldPart(
                    budget, argument(given, first.isEmpty() ? String.valueOf(next++) : first), name.substring(end));
            if (numbered && next > 0) {
                throw new Failure("cannot switch from automatic field numbering to manual field specification");
            }
            text.add("r".equals(field.group(2)) ? repr(budget, value) : str(budget, value));
        }
        return text.add(format.substring(from)).toString();
    }

    private static int end(String name, char separator) {
        int at = name.indexOf(separator);
        return at < 0 ? name.length() : at;
    }

    private static Object argument(Arguments given, String name) {
        boolean isNumber = name.length() < 6 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        Object value = !isNumber
                ? given.named().get(name)
                : Integer.parseInt(name) < given.positional().size()
                        ? given.positional().get(Integer.parseInt(name))
                        : null;
        if (value == null) {
            throw new Failure("format: no argument '" + name + "'");
        }
        return value;
    }

    private static Object fieldPart(Budget budget, Object value, String path) {
        Object found = value;
        Matcher part = PART.matcher(path);
        int end = 0;
        while (part.region(end, path.length()).lookingAt()) {
            String index = part.group(2);
            found = index == null
                    ? Access.attribute(budget, found, part.group(1))
                    : Access.item(budget, found, isIndex(index) ? new BigInteger(index) : index);
            end = part.end();
        }
        if (end < path.length()) {
            throw new Failure("format: '" + path + "' is no path to an element");
        }
        return found;
    }

    static boolean isIndex(String text) {
        return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** A field of a format that may be absent. */
    static boolean given(@Nullable Object value) {
        return value != null && !(value instanceof None);
    }
}
