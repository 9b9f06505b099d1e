package org.lsradapt.cuda.internal;

import org.lsradapt.cuda.internal.kernels.ElementKernels.Function;

/** Computes activations and their derivatives in double. */
final class FunctionOracle {
    private static final double CUBIC = 0.044715;

    private FunctionOracle() {}

    static double value(Function f, double x) {
        return switch (f) {
            case GELU -> x * distribution(x);
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(inner(x)));
            case QUICK_GELU -> x * sigmoid(1.702 * x);
            case SILU -> x * sigmoid(x);
            case RELU -> Math.max(0, x);
            case TANH -> Math.tanh(x);
        };
    }

    static double slope(Function f, double x) {
        return switch (f) {
            case GELU -> distribution(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            case GELU_TANH -> {
                double t = Math.tanh(inner(x));
                double slope = Math.sqrt(2 / Math.PI) * (1 + 3 * CUBIC * x * x);
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope;
            }
            case QUICK_GELU -> sigmoid(1.702 * x) * (1 + 1.702 * x * sigmoid(-1.702 * x));
            case SILU -> sigmoid(x) * (1 + x * sigmoid(-x));
            case RELU -> x > 0 ? 1 : 0;
            case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
        };
    }

    private static double inner(double x) {
        return Math.sqrt(2 / Math.PI) * (x + CUBIC * x * x * x);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** The standard normal distribution function, by the error function's series, which converges fast enough up to 6. */
    private static double distribution(double x) {
        double z = x / Math.sqrt(2);
        if (Math.abs(z) > 6) {
            return z > 0 ? 1 : 0;
        }
        double term = z;
        double sum = z;
        for (int i = 1; i < 200; i++) {
            term *= 2 * z * z / (2 * i + 1);
            sum += term;
        }
        return 0.5 + Math.exp(-z * z) * sum / Math.sqrt(Math.PI);
    }
}
