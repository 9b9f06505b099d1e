package org.lsradapt.transformer.internal;

import org.lsradapt.transformer.parts.Activation;

/** The activation functions and their derivatives over FLOAT rows, in loops that the JIT compiler vectorizes. */
final class Activations {
    private static final float QUICK = 1.702f;
    private static final float CUBIC = 0.044715f;
    /** 2·√(2/π): the tanh form of GELU is x·σ(2u), u = √(2/π)·(x + 0.044715x³). */
    private static final float TWICE_ROOT = (float) (2 * Math.sqrt(2 / Math.PI));

    private Activations() {}

    /** Computes out[j] ← f(x[j]); x is not modified, and scratch is overwritten. */
    static void values(Activation f, float[] x, float[] out, float[] scratch, int length) {
        switch (f) {
            case GELU -> Gelu.values(x, out, length);
            case SILU -> {
                Sigmoid.values(x, 1, out, scratch, length);
                multiply(out, x, length);
            }
            case QUICK_GELU -> {
                Sigmoid.values(x, QUICK, out, scratch, length);
                multiply(out, x, length);
            }
            case GELU_TANH -> {
                tanhArgument(x, out, length);
                Sigmoid.values(out, 1, out, scratch, length);
                multiply(out, x, length);
            }
            case RELU -> {
                for (int j = 0; j < length; j++) {
                    out[j] = Math.max(0, x[j]);
                }
            }
            case TANH -> {
                for (int j = 0; j < length; j++) {
                    out[j] = (float) Math.tanh(x[j]);
                }
            }
        }
    }

    /** Computes out[j] ← f'(x[j]); see {@link #values}. */
    static void derivatives(Activation f, float[] x, float[] out, float[] scratch, int length) {
        switch (f) {
            case GELU -> Gelu.derivatives(x, out, length);
            case SILU -> {
                Sigmoid.values(x, 1, out, scratch, length);
                sigmoidProductDerivative(x, 1, out, length);
            }
            case QUICK_GELU -> {
                Sigmoid.values(x, QUICK, out, scratch, length);
                sigmoidProductDerivative(x, QUICK, out, length);
            }
            case GELU_TANH -> {
                tanhArgument(x, out, length);
                Sigmoid.values(out, 1, out, scratch, length);
                for (int j = 0; j < length; j++) {
                    float s = out[j];
                    float slope = TWICE_ROOT * (1 + 3 * CUBIC * x[j] * x[j]);
                    out[j] = s + x[j] * s * (1 - s) * slope;
                }
            }
            case RELU -> {
                for (int j = 0; j < length; j++) {
                    out[j] = x[j] > 0 ? 1 : 0;
                }
            }
            case TANH -> {
                for (int j = 0; j < length; j++) {
                    double y = Math.tanh(x[j]);
                    out[j] = (float) (1 - y * y);
                }
            }
        }
    }

    private static void tanhArgument(float[] x, float[] out, int length) {
        for (int j = 0; j < length; j++) {
            out[j] = TWICE_ROOT * (x[j] + CUBIC * x[j] * x[j] * x[j]);
        }
    }

    /** Turns s = σ(factor·x) into s + factor·x·s·(1 − s). */
    private static void sigmoidProductDerivative(float[] x, float factor, float[] s, int length) {
        for (int j = 0; j < length; j++) {
            s[j] = s[j] + factor * x[j] * s[j] * (1 - s[j]);
        }
    }

    private static void multiply(float[] values, float[] factors, int length) {
        for (int j = 0; j < length; j++) {
            values[j] *= factors[j];
        }
    }
}
