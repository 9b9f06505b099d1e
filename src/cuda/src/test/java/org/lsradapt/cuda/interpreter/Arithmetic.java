package org.lsradapt.cuda.interpreter;

import org.lsradapt.cuda.interpreter.Operations.Lane;

/**
 * Arithmetic of PTX on bits of registers: those of 32 and 16 bits are without a sign, above them is 0. Roundings are to the
 * nearest; the approximations of the device ({@code ex2.approx} and the like) are computed as well as FLOAT can.
 */
final class Arithmetic {
    private static final long LOW = 0xFFFFFFFFL;

    private Arithmetic() {}

    static Lane of(String[] words) {
        String type = words[words.length - 1];
        Lane lane = switch (words[0]) {
            case "mov", "cvta" -> (a, b, c) -> a;
            case "cvt" -> Conversions.of(words);
            case "setp" -> Comparisons.of(words[1], type);
            case "selp" -> (a, b, c) -> c != 0 ? a : b;
            case "and" -> (a, b, c) -> a & b;
            case "or" -> (a, b, c) -> a | b;
            case "xor" -> (a, b, c) -> a ^ b;
            case "not" -> not(type);
            default ->
                switch (type) {
                    case "f32" -> Floats.of(words);
                    case "f64" -> Doubles.of(words);
                    default -> integer(words, type);
                };
        };
        if (lane == null) {
            throw new DeviceFault("opcode " + String.join(".", words) + " is not interpreted");
        }
        return lane;
    }

    private static Lane not(String type) {
        return switch (type) {
            case "pred" -> (a, b, c) -> a ^ 1;
            case "b16" -> (a, b, c) -> ~a & 0xFFFF;
            case "b32" -> (a, b, c) -> ~a & LOW;
            default -> (a, b, c) -> ~a;
        };
    }

    private static Lane integer(String[] words, String type) {
        String operation = words[0] + (words.length > 2 ? "." + words[1] : "");
        return switch (type) {
            case "s64", "u64", "b64" -> wide(operation, type.charAt(0) == 'u');
            case "s32", "u32", "b32" -> narrow(operation, type.charAt(0) == 'u');
            case "s16", "u16", "b16" -> narrowest(operation, type.charAt(0) == 'u');
            default -> null;
        };
    }

    private static Lane wide(String operation, boolean unsigned) {
        return switch (operation) {
            case "add" -> (a, b, c) -> a + b;
            case "sub" -> (a, b, c) -> a - b;
            case "mul.lo" -> (a, b, c) -> a * b;
            case "mad.lo" -> (a, b, c) -> a * b + c;
            case "mul.hi" ->
                unsigned
                        ? (a, b, c) -> Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a)
                        : (a, b, c) -> Math.multiplyHigh(a, b);
            case "div" -> unsigned ? (a, b, c) -> Long.divideUnsigned(a, divisor(b)) : (a, b, c) -> a / divisor(b);
            case "rem" -> unsigned ? (a, b, c) -> Long.remainderUnsigned(a, divisor(b)) : (a, b, c) -> a % divisor(b);
            case "shl" -> (a, b, c) -> (b & LOW) > 63 ? 0 : a << b;
            case "shr" ->
                unsigned ? (a, b, c) -> (b & LOW) > 63 ? 0 : a >>> b : (a, b, c) -> a >> Math.min(63, b & LOW);
            case "min" -> unsigned ? null : (a, b, c) -> Math.min(a, b);
            case "max" -> unsigned ? null : (a, b, c) -> Math.max(a, b);
            case "neg" -> (a, b, c) -> -a;
            case "abs" -> (a, b, c) -> Math.abs(a);
            default -> null;
        };
    }

    private static Lane narrow(String operation, boolean unsigned) {
        return switch (operation) {
            case "add" -> (a, b, c) -> (a + b) & LOW;
            case "sub" -> (a, b, c) -> (a - b) & LOW;
            case "mul.lo" -> (a, b, c) -> (a * b) & LOW;
            case "mad.lo" -> (a, b, c) -> (a * b + c) & LOW;
            case "mul.wide" -> unsigned ? (a, b, c) -> (a & LOW) * (b & LOW) : (a, b, c) -> (long) (int) a * (int) b;
            case "mad.wide" ->
                unsigned ? (a, b, c) -> (a & LOW) * (b & LOW) + c : (a, b, c) -> (long) (int) a * (int) b + c;
            case "mul.hi" ->
                unsigned
                        ? (a, b, c) -> ((a & LOW) * (b & LOW)) >>> 32
                        : (a, b, c) -> (((long) (int) a * (int) b) >>> 32) & LOW;
            case "div" ->
                unsigned ? (a, b, c) -> (a & LOW) / divisor(b & LOW) : (a, b, c) -> ((int) a / signedDivisor(b)) & LOW;
            case "rem" ->
                unsigned ? (a, b, c) -> (a & LOW) % divisor(b & LOW) : (a, b, c) -> ((int) a % signedDivisor(b)) & LOW;
            case "shl" -> (a, b, c) -> (b & LOW) > 31 ? 0 : a << b & LOW;
            case "shr" ->
                unsigned
                        ? (a, b, c) -> (b & LOW) > 31 ? 0 : (a & LOW) >>> b
                        : (a, b, c) -> (int) a >> (int) Math.min(31, b & LOW) & LOW;
            case "min" ->
                unsigned ? (a, b, c) -> Math.min(a & LOW, b & LOW) : (a, b, c) -> Math.min((int) a, (int) b) & LOW;
            case "max" ->
                unsigned ? (a, b, c) -> Math.max(a & LOW, b & LOW) : (a, b, c) -> Math.max((int) a, (int) b) & LOW;
            case "clz" -> (a, b, c) -> Integer.numberOfLeadingZeros((int) a);
            case "neg" -> (a, b, c) -> -a & LOW;
            case "abs" -> (a, b, c) -> Math.abs((int) a) & LOW;
            default -> null;
        };
    }

    private static Lane narrowest(String operation, boolean unsigned) {
        return switch (operation) {
            case "add" -> (a, b, c) -> (a + b) & 0xFFFF;
            case "sub" -> (a, b, c) -> (a - b) & 0xFFFF;
            case "mul.lo" -> (a, b, c) -> (a * b) & 0xFFFF;
            case "shl" -> (a, b, c) -> (b & LOW) > 15 ? 0 : a << b & 0xFFFF;
            case "shr" ->
                unsigned
                        ? (a, b, c) -> (b & LOW) > 15 ? 0 : (a & 0xFFFF) >>> b
                        : (a, b, c) -> (short) a >> (int) Math.min(15, b & LOW) & 0xFFFF;
            default -> null;
        };
    }

    private static int signedDivisor(long b) {
        return (int) divisor(b & LOW);
    }

    /** The device returns some number; no kernel may want it. */
    private static long divisor(long b) {
        if (b == 0) {
            throw new DeviceFault("division by zero");
        }
        return b;
    }
}
