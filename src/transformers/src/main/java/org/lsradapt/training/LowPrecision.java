package org.lsradapt.training;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;

/**
 * How the adapters' parameters are kept between steps. Products, the loss and the optimizer's moments stay as they
 * are, in FLOAT and in double precision; the head stays in FLOAT.
 *
 * @param precision a floating-point format: factors are rounded to it after each step, and their gradients, scaled,
 *     before each
 * @param master whether the optimizer has a copy in FP32, of which the rounded factors are made after each step
 */
public record LowPrecision(Precision precision, boolean master) {

    /** Everything in FLOAT. */
    public static final LowPrecision NONE = new LowPrecision(Precision.FP32, false);

    /** Refuses integer formats. */
    public LowPrecision {
        Require.argument(
                !precision.isScaled(), "training precision is %s, expected a floating-point format", precision.label());
    }
}
