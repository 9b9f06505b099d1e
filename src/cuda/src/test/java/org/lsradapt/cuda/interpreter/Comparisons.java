package org.lsradapt.cuda.interpreter;

import org.lsradapt.cuda.interpreter.Operations.Lane;

/** {@code setp}. */
final class Comparisons {

    private Comparisons() {}

    static Lane of(String comparison, String type) {
        return switch (type) {
            case "f32" -> floating(comparison, Floats::f);
            case "f64" -> floating(comparison, Doubles::d);
            case "u64" -> integer(comparison, Widening.SAME, true);
            case "u32", "b32" -> integer(comparison, a -> a & 0xFFFFFFFFL, false);
            case "u16", "b16" -> integer(comparison, a -> a & 0xFFFF, false);
            case "s16" -> integer(comparison, a -> (short) a, false);
            case "s32" -> integer(comparison, a -> (int) a, false);
            case "s64", "b64" -> integer(comparison, Widening.SAME, false);
            default -> null;
        };
    }

    @FunctionalInterface
    private interface Widening {
        Widening SAME = a -> a;

        long of(long bits);
    }

    @FunctionalInterface
    private interface Reading {
        double of(long bits);
    }

    private static Lane integer(String comparison, Widening w, boolean unsigned) {
        long flip = unsigned ? Long.MIN_VALUE : 0;
        return switch (comparison) {
            case "eq" -> (a, b, c) -> bit(w.of(a) == w.of(b));
            case "ne" -> (a, b, c) -> bit(w.of(a) != w.of(b));
            case "lt", "lo" -> (a, b, c) -> bit((w.of(a) ^ flip) < (w.of(b) ^ flip));
            case "le", "ls" -> (a, b, c) -> bit((w.of(a) ^ flip) <= (w.of(b) ^ flip));
            case "gt", "hi" -> (a, b, c) -> bit((w.of(a) ^ flip) > (w.of(b) ^ flip));
            case "ge", "hs" -> (a, b, c) -> bit((w.of(a) ^ flip) >= (w.of(b) ^ flip));
            default -> null;
        };
    }

    private static Lane floating(String comparison, Reading r) {
        return switch (comparison) {
            case "eq" -> (a, b, c) -> bit(r.of(a) == r.of(b));
            case "lt" -> (a, b, c) -> bit(r.of(a) < r.of(b));
            case "le" -> (a, b, c) -> bit(r.of(a) <= r.of(b));
            case "gt" -> (a, b, c) -> bit(r.of(a) > r.of(b));
            case "ge" -> (a, b, c) -> bit(r.of(a) >= r.of(b));
            case "ne" -> (a, b, c) -> bit(r.of(a) < r.of(b) || r.of(a) > r.of(b));
            case "neu" -> (a, b, c) -> bit(r.of(a) != r.of(b));
            case "ltu" -> (a, b, c) -> bit(!(r.of(a) >= r.of(b)));
            case "leu" -> (a, b, c) -> bit(!(r.of(a) > r.of(b)));
            case "gtu" -> (a, b, c) -> bit(!(r.of(a) <= r.of(b)));
            case "geu" -> (a, b, c) -> bit(!(r.of(a) < r.of(b)));
            case "nan" -> (a, b, c) -> bit(Double.isNaN(r.of(a)) || Double.isNaN(r.of(b)));
            case "num" -> (a, b, c) -> bit(!Double.isNaN(r.of(a)) && !Double.isNaN(r.of(b)));
            default -> null;
        };
    }

    private static long bit(boolean is) {
        return is ? 1 : 0;
    }
}
