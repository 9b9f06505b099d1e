package org.lsradapt.cuda.interpreter;

import org.lsradapt.cuda.interpreter.Operations.Lane;

/** FLOAT. */
final class Floats {

    private Floats() {}

    static Lane of(String[] words) {
        boolean flushes = words.length > 2 && words[words.length - 2].equals("ftz");
        String name = words[0] + (words.length > 2 ? "." + words[1] : "");
        Lane lane = switch (name) {
            case "add", "add.rn", "add.ftz" -> (a, b, c) -> bits(f(a) + f(b));
            case "sub", "sub.rn", "sub.ftz" -> (a, b, c) -> bits(f(a) - f(b));
            case "mul", "mul.rn", "mul.ftz" -> (a, b, c) -> bits(f(a) * f(b));
            case "fma.rn" -> (a, b, c) -> bits(Math.fma(f(a), f(b), f(c)));
            case "fma.rm" -> (a, b, c) -> bits(fmaDown(f(a), f(b), f(c)));
            case "div.rn" -> (a, b, c) -> bits(f(a) / f(b));
            case "rcp.rn", "rcp.approx" -> (a, b, c) -> bits(1 / f(a));
            case "sqrt.rn" -> (a, b, c) -> bits((float) Math.sqrt(f(a)));
            case "rsqrt.approx" -> (a, b, c) -> bits((float) (1 / Math.sqrt(f(a))));
            case "ex2.approx" -> (a, b, c) -> bits((float) Math.pow(2, f(a)));
            case "lg2.approx" -> (a, b, c) -> bits((float) (Math.log(f(a)) / Math.log(2)));
            case "tanh.approx" -> (a, b, c) -> bits((float) Math.tanh(f(a)));
            case "neg" -> (a, b, c) -> bits(-f(a));
            case "abs" -> (a, b, c) -> bits(Math.abs(f(a)));
            case "max" -> (a, b, c) -> bits(number(f(a), f(b), Math.max(f(a), f(b))));
            case "min" -> (a, b, c) -> bits(number(f(a), f(b), Math.min(f(a), f(b))));
            default -> null;
        };
        return lane == null || !flushes ? lane : (a, b, c) -> flushed(lane.of(flushed(a), flushed(b), flushed(c)));
    }

    static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xFFFFFFFFL;
    }

    /** The largest number that is not above the exact result: the product is exact in double, and so is what its sum loses. */
    private static float fmaDown(float a, float b, float c) {
        double product = (double) a * b;
        double sum = product + c;
        double part = sum - product;
        double lost = (product - (sum - part)) + (c - part);
        float nearest = (float) sum;
        return nearest > sum || (nearest == sum && lost < 0) ? Math.nextDown(nearest) : nearest;
    }

    /** PTX takes the operand that is a number. */
    private static float number(float a, float b, float result) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : result;
    }

    private static long flushed(long bits) {
        return (bits & 0x7F80_0000) == 0 ? bits & 0x8000_0000L : bits;
    }
}
