package org.lsradapt.lsr.numerics;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * Storage formats of factors, by their unit round-off μ. Floating-point formats round each element to within μ times
 * itself. Integer formats share one scale among the elements of a factor matrix, its largest element over the largest
 * integer, and round each to within μ times the largest.
 */
public enum Precision {
    /** IEEE 754 binary32, μ = 2^-24. */
    FP32(-24, -126, Float.MAX_VALUE),
    /** IEEE 754 binary16, μ = 2^-11. */
    FP16(-11, -14, 65504),
    /** bfloat16, μ = 2^-8. */
    BF16(-8, -126, 0x1.FEp127),
    /** FP8 with four exponent and three fraction bits (Micikevicius et al., arXiv 2209.05433), μ = 2^-4. */
    FP8_E4M3(-4, -6, 448),
    /** FP8 with five exponent and two fraction bits, μ = 2^-3. */
    FP8_E5M2(-3, -14, 57344),
    /** Integers −127 … 127 with a scale per factor matrix, μ = 1/254. */
    INT8(127),
    /** Integers −7 … 7 with a scale per factor matrix, μ = 1/14. */
    INT4(7);

    private final double unitRoundOff;
    private final int fractionBits;
    private final int leastExponent;
    private final double largest;

    Precision(int roundOffExponent, int leastExponent, double largest) {
        unitRoundOff = Math.scalb(1.0, roundOffExponent);
        fractionBits = -roundOffExponent - 1;
        this.leastExponent = leastExponent;
        this.largest = largest;
    }

    Precision(int largestInteger) {
        unitRoundOff = 0.5 / largestInteger;
        fractionBits = 0;
        leastExponent = 0;
        largest = largestInteger;
    }

    /** The formats without a scale, FP32 first. */
    public static List<Precision> floatingPoint() {
        return Arrays.stream(values())
                .filter(precision -> !precision.isScaled())
                .toList();
    }

    /** The name in options and files: {@code fp32}, {@code fp16}, {@code bf16}, {@code fp8-e4m3}, …, {@code int4}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Finds a format; the exception for an unknown label lists all. */
    public static Precision named(String label) {
        return Require.named("precision", label, values(), Precision::label);
    }

    /** μ, relative to the element itself, or, for the integer formats, to the largest element of the same factor matrix. */
    public double unitRoundOff() {
        return unitRoundOff;
    }

    public int bits() {
        return switch (this) {
            case FP32 -> 32;
            case FP16, BF16 -> 16;
            case FP8_E4M3, FP8_E5M2, INT8 -> 8;
            case INT4 -> 4;
        };
    }

    /** Whether elements are integers times a scale. */
    public boolean isScaled() {
        return this == INT8 || this == INT4;
    }

    /** The largest finite number, or, for the integer formats, the largest integer. */
    public double largest() {
        return largest;
    }

    /**
     * Rounds a number to a floating-point format's precision, ties to even, with unlimited exponents.
     *
     * @param x any number
     * @return the nearest number, within μ·|x| of x
     * @throws IllegalStateException for an integer format
     */
    public double roundUnbounded(double x) {
        return rounded(x, Integer.MIN_VALUE);
    }

    /**
     * The number that a floating-point format stores for x: the nearest one, ties to even, with its subnormal numbers;
     * ±∞ above its largest (NaN for FP8 E4M3, which has no infinity).
     *
     * @param x any number
     * @throws IllegalStateException for an integer format
     */
    public double store(double x) {
        double rounded = rounded(x, leastExponent);
        if (Math.abs(rounded) > largest) {
            return this == FP8_E4M3 ? Double.NaN : Math.copySign(Double.POSITIVE_INFINITY, x);
        }
        return rounded;
    }

    private double rounded(double x, int least) {
        if (isScaled()) {
            throw new IllegalStateException(
                    this + ": an integer format has no numbers of its own, only those of a" + " scale");
        }
        if (x == 0 || !Double.isFinite(x)) {
            return x;
        }
        int lastBit = Math.max(Math.getExponent(x), least) - fractionBits;
        return Math.scalb(Math.rint(Math.scalb(x, -lastBit)), lastBit);
    }

    /**
     * The scale of an integer format for a matrix whose largest absolute value is given: the value over the largest
     * integer, as a FLOAT; 0 for a matrix of zeros.
     */
    float scale(double largestNumber) {
        return (float) (largestNumber / largest);
    }

    /** The integer that represents x with a scale of {@link #scale}. */
    int integer(double x, float scale) {
        return scale == 0 ? 0 : (int) Math.max(-largest, Math.min(largest, Math.rint(x / scale)));
    }
}
