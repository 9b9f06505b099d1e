package org.lsradapt.transformer.internal;

/** σ(x) = 1/(1 + e⁻ˣ) over FLOAT rows; the error is below 3e-7, and below 1e-6 relative to σ where x > -80. */
final class Sigmoid {

    private Sigmoid() {}

    /** Computes out[j] ← σ(factor·x[j]); x may be {@code out}, and {@code power} is scratch. */
    static void values(float[] x, float factor, float[] out, float[] power, int length) {
        for (int j = 0; j < length; j++) {
            float y = Math.max(-80f, Math.min(80f, -factor * x[j]));
            out[j] = y;
        }
        Exponential.split(out, out, power, length);
        Exponential.powersOfTwo(power, length);
        for (int j = 0; j < length; j++) {
            out[j] = 1 / (1 + out[j] * power[j]);
        }
    }
}
