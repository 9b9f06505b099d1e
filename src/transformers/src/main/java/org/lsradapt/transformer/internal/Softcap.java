package org.lsradapt.transformer.internal;

/** Computes c·tanh(x/c) over FLOAT rows, and its derivative, in loops that the JIT compiler vectorizes. */
final class Softcap {
    private Softcap() {}

    /** Overwrites x[j] with c·tanh(x[j]/c), computed as c·(2·σ(2x/c) − 1). */
    static void values(float[] x, float cap, float[] scratch, int length) {
        Sigmoid.values(x, 2 / cap, x, scratch, length);
        for (int j = 0; j < length; j++) {
            x[j] = cap * (2 * x[j] - 1);
        }
    }

    /** Computes g[j] ← g[j]·(1 − (y[j]/c)²), where y is the result of {@link #values}. */
    static void gradient(float[] y, float cap, float[] g, int length) {
        for (int j = 0; j < length; j++) {
            float share = y[j] / cap;
            g[j] *= 1 - share * share;
        }
    }
}
