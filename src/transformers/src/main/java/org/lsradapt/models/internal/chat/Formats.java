package org.lsradapt.models.internal.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Values as texts: Python's {@code str} and {@code repr}, its formats, and its dates. */
final class Formats {
    private Formats() {}

    static String str(Budget budget, Object value) {
        return value instanceof String text
                ? text
                : value instanceof Safe safe ? safe.text() : value instanceof Undefined ? "" : repr(budget, value);
    }

    static String repr(Budget budget, Object value) {
        Text text = new Text(budget);
        repr(budget, value, text);
        return text.toString();
    }

    private static void repr(Budget budget, Object value, Text text) {
        if (value instanceof String known) {
            addQuoted(known, text);
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
        } else if (value instanceof Sequence list && list.isListOrTuple()) {
            budget.down();
            text.add(list.kind() == Kind.TUPLE ? "(" : "[");
            text.addAll(list.items(), ", ", item -> repr(budget, item, text));
            text.add(list.kind() == Kind.LIST ? "]" : list.size() == 1 ? ",)" : ")");
            budget.up();
        } else if (value instanceof Dict map) {
            budget.down();
            text.add("{");
            text.addAll(map.entries(), ", ", entry -> {
                repr(budget, entry.key(), text);
                repr(budget, entry.value(), text.add(": "));
            });
            text.add("}");
            budget.up();
        } else {
            throw new Failure("printing a " + Values.type(value) + " is not supported");
        }
    }

    private static void addQuoted(String text, Text out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.addQuoted(text, quote, point -> {
            int simple = "\n\r\t\\".indexOf(point);
            if (simple >= 0 || point == quote) {
                return "\\" + (simple < 0 ? quote : "nrt\\".charAt(simple));
            }
            String format = point < 256 ? "\\x%02x" : point < 65536 ? "\\u%04x" : "\\U%08x";
            return isPrintable(point) ? Character.toString(point) : String.format(Locale.ROOT, format, point);
        });
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
}
