package org.lsradapt.lsr.numerics;

/** Floating-point formats, by their unit round-off μ: half the distance from 1 to the next larger number. */
public enum Precision {
    /** IEEE 754 binary32, μ = 2^-24. */
    FP32(-24),
    /** IEEE 754 binary16, μ = 2^-11. */
    FP16(-11),
    /** bfloat16, μ = 2^-8. */
    BF16(-8);

    private final double unitRoundOff;

    Precision(int exponent) {
        unitRoundOff = Math.scalb(1.0, exponent);
    }

    /** μ. */
    public double unitRoundOff() {
        return unitRoundOff;
    }
}
