package org.lsradapt.transformer.internal;

/**
 * gelu(x) = x·Φ(x) and its derivative Φ(x) + x·φ(x), with Φ and φ the standard normal distribution function and
 * density.
 *
 * <p>Both Φ − ½ and gelu' − ½ are odd; each is approximated by x·P(x²)/Q(x²), clamped where it has reached ±½ to within
 * 4e-8. In float the error of either is below 2.5e-7. The loops use only additions, multiplications and one division
 * per number, so the JIT compiler vectorizes them; it does not vectorize calls of an exponential function. The script
 * docs/scripts/gelu_coefficients.py computes the coefficients.
 */
final class Gelu {
    private static final float VALUE_LIMIT = 5.5f;
    private static final float DERIVATIVE_LIMIT = 6f;

    private Gelu() {}

    /** Computes out[j] ← gelu(x[j]). */
    static void values(float[] x, float[] out, int length) {
        for (int j = 0; j < length; j++) {
            float z = Math.max(-VALUE_LIMIT, Math.min(VALUE_LIMIT, x[j]));
            float u = z * z;
            float p = 2.274908617e-8f;
            p = Math.fma(p, u, 6.351889624e-6f);
            p = Math.fma(p, u, 1.6881563351e-4f);
            p = Math.fma(p, u, 4.6771997586e-3f);
            p = Math.fma(p, u, 3.3851832151e-2f);
            p = Math.fma(p, u, 3.9894223213e-1f);
            float q = 1.1974785821e-6f;
            q = Math.fma(q, u, 7.3643408541e-5f);
            q = Math.fma(q, u, 1.8843899015e-3f);
            q = Math.fma(q, u, 2.8645375744e-2f);
            q = Math.fma(q, u, 2.5151988864e-1f);
            q = Math.fma(q, u, 1f);
            out[j] = x[j] * (0.5f + z * p / q);
        }
    }

    /** Computes out[j] ← gelu'(x[j]). */
    static void derivatives(float[] x, float[] out, int length) {
        for (int j = 0; j < length; j++) {
            float z = Math.max(-DERIVATIVE_LIMIT, Math.min(DERIVATIVE_LIMIT, x[j]));
            float u = z * z;
            float p = -2.887813079e-11f;
            p = Math.fma(p, u, 1.3001582033e-8f);
            p = Math.fma(p, u, 1.1217656493e-6f);
            p = Math.fma(p, u, 3.2027277484e-5f);
            p = Math.fma(p, u, 2.8516456950e-4f);
            p = Math.fma(p, u, 1.3569140807e-2f);
            p = Math.fma(p, u, -1.8041230738e-2f);
            p = Math.fma(p, u, 7.9788452387e-1f);
            float q = 3.6358531474e-7f;
            q = Math.fma(q, u, 1.0811518223e-5f);
            q = Math.fma(q, u, 2.5859105517e-4f);
            q = Math.fma(q, u, 4.1500553489e-3f);
            q = Math.fma(q, u, 4.5581638813e-2f);
            q = Math.fma(q, u, 3.1072151661e-1f);
            q = Math.fma(q, u, 1f);
            out[j] = 0.5f + z * p / q;
        }
    }
}
