package org.lsradapt.cuda.interpreter;

import java.math.BigInteger;
import org.lsradapt.cuda.interpreter.Operations.Lane;

/** {@code cvt}. */
final class Conversions {

    private Conversions() {}

    static Lane of(String[] words) {
        String to = words[words.length - 2];
        String from = words[words.length - 1];
        String rounding = words.length > 3 ? words[1] : "";
        boolean fromFloat = from.startsWith("f");
        boolean toFloat = to.startsWith("f");
        if (!fromFloat && !toFloat) {
            return (a, b, c) -> masked(integer(a, from), to);
        }
        if (!fromFloat && rounding.equals("rn")) {
            return to.equals("f32")
                    ? (a, b, c) -> Floats.bits(from.equals("u64") ? unsigned(a) : (float) integer(a, from))
                    : from.equals("u64") ? null : (a, b, c) -> Doubles.bits((double) integer(a, from));
        }
        return switch (to + " " + from + " " + rounding) {
            case "f64 f32 " -> (a, b, c) -> Doubles.bits(Floats.f(a));
            case "f32 f64 rn" -> (a, b, c) -> Floats.bits((float) Doubles.d(a));
            case "f32 f32 sat" -> (a, b, c) -> Floats.bits(Floats.f(a) > 0 ? Math.min(1, Floats.f(a)) : 0);
            case "f32 f32 rni" -> (a, b, c) -> Floats.bits((float) Math.rint(Floats.f(a)));
            case "f32 f32 rmi" -> (a, b, c) -> Floats.bits((float) Math.floor(Floats.f(a)));
            case "bf16x2 f32 rn" -> (a, b, c) -> (brain(a) << 16) | brain(b);
            // To the nearest, ties away from zero.
            case "tf32 f32 rna" -> (a, b, c) -> Float.isFinite(Floats.f(a)) ? (a + 0x1000) & 0xFFFFE000L : a;
            case "s32 f32 rzi" -> (a, b, c) -> (int) Floats.f(a) & 0xFFFFFFFFL;
            case "s32 f32 rni" -> (a, b, c) -> (int) Math.rint(Floats.f(a)) & 0xFFFFFFFFL;
            default -> null;
        };
    }

    /** To the nearest, ties to even. */
    private static long brain(long bits) {
        return Float.isNaN(Floats.f(bits)) ? 0x7FFF : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
    }

    private static float unsigned(long a) {
        return new BigInteger(Long.toUnsignedString(a)).floatValue();
    }

    private static long integer(long a, String type) {
        return switch (type) {
            case "u8", "b8" -> a & 0xFF;
            case "s8" -> (byte) a;
            case "u16", "b16" -> a & 0xFFFF;
            case "s16" -> (short) a;
            case "u32", "b32" -> a & 0xFFFFFFFFL;
            case "s32" -> (int) a;
            case "u64", "s64", "b64" -> a;
            default -> throw new DeviceFault("type " + type + " is not interpreted");
        };
    }

    private static long masked(long a, String type) {
        return switch (type.substring(1)) {
            case "64" -> a;
            case "32" -> a & 0xFFFFFFFFL;
            // A register of 16 bits keeps a number of 8 with its sign.
            default -> a & 0xFFFF;
        };
    }
}
