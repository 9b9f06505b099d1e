package org.lsradapt.training.settings;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;

/**
 * The precision in which the adapters' parameters are kept between steps. Products, the loss and the optimizer's moments keep their
 * precision, FLOAT or double; the head stays in FLOAT.
 *
 * @param precision a floating-point format: factors are rounded to it after each step, and their scaled gradients before each step
 * @param master whether the optimizer keeps an FP32 copy, from which the rounded factors are made after each step
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
