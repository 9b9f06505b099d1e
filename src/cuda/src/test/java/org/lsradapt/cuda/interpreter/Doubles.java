package org.lsradapt.cuda.interpreter;

import org.lsradapt.cuda.interpreter.Operations.Lane;

/** DOUBLE. */
final class Doubles {

    private Doubles() {}

    static Lane of(String[] words) {
        return switch (words[0] + (words.length > 2 ? "." + words[1] : "")) {
            case "add", "add.rn" -> (a, b, c) -> bits(d(a) + d(b));
            case "sub", "sub.rn" -> (a, b, c) -> bits(d(a) - d(b));
            case "mul", "mul.rn" -> (a, b, c) -> bits(d(a) * d(b));
            case "fma.rn" -> (a, b, c) -> bits(Math.fma(d(a), d(b), d(c)));
            case "div.rn" -> (a, b, c) -> bits(d(a) / d(b));
            case "rcp.rn" -> (a, b, c) -> bits(1 / d(a));
            case "sqrt.rn" -> (a, b, c) -> bits(Math.sqrt(d(a)));
            case "neg" -> (a, b, c) -> bits(-d(a));
            case "abs" -> (a, b, c) -> bits(Math.abs(d(a)));
            default -> null;
        };
    }

    static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }
}
