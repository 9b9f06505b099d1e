package org.lsradapt.lsr.numerics;

/**
 * Floating-point formats, by their unit round-off μ: half the distance from 1 to the next larger number. Their range of
 * exponents is not modelled: what is said of a format holds for numbers that neither overflow nor underflow in it.
 */
public enum Precision {
    /** IEEE 754 binary32, μ = 2^-24. */
    FP32(-24),
    /** IEEE 754 binary16, μ = 2^-11. */
    FP16(-11),
    /** bfloat16, μ = 2^-8. */
    BF16(-8),
    /** FP8 with four exponent and three fraction bits (Micikevicius et al., arXiv 2209.05433), μ = 2^-4. */
    FP8_E4M3(-4),
    /** FP8 with five exponent and two fraction bits, μ = 2^-3. */
    FP8_E5M2(-3);

    private final int exponent;

    Precision(int exponent) {
        this.exponent = exponent;
    }

    /** μ. */
    public double unitRoundOff() {
        return Math.scalb(1.0, exponent);
    }

    /**
     * The nearest number of the format's precision, ties to even, whatever its exponent.
     *
     * @param x any number
     * @return within μ·|x| of x
     */
    public double round(double x) {
        if (x == 0 || !Double.isFinite(x)) {
            return x;
        }
        int lastBit = Math.getExponent(x) + exponent + 1;
        return Math.scalb(Math.rint(Math.scalb(x, -lastBit)), lastBit);
    }
}
