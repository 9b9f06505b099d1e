package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** The loss of a sequence head for one example. */
public enum Loss {
    /** Cross-entropy of the softmax of class scores; the target is a {@link Target.Category}. */
    CROSS_ENTROPY {
        @Override
        public double one(double[] output, Target target, double[] gradient) {
            return crossEntropy(output, ((Target.Category) target).index(), gradient);
        }
    },
    /** Squared error of a single output; the target is a {@link Target.Value}. */
    SQUARED_ERROR {
        @Override
        public double one(double[] output, Target target, double[] gradient) {
            double error = output[0] - ((Target.Value) target).value();
            gradient[0] = 2 * error;
            return error * error;
        }
    };

    /** Returns the cross-entropy of a class; its gradient overwrites {@code gradient}. */
    public static double crossEntropy(double[] output, int target, double[] gradient) {
        double largest = Arrays.stream(output).max().orElseThrow();
        double total = powers(output, largest);
        for (int c = 0; c < output.length; c++) {
            gradient[c] = Math.exp(output[c] - largest) / total - (c == target ? 1 : 0);
        }
        return Math.log(total) + largest - output[target];
    }

    /** Returns the cross-entropy Σ_c a_c·(log Σ_k e^(o_k) − o_c) with any amounts a; its gradient overwrites {@code gradient}. */
    public static double softCrossEntropy(double[] output, double[] amounts, double[] gradient) {
        double largest = Arrays.stream(output).max().orElseThrow();
        double total = powers(output, largest);
        double loss = 0;
        double sum = 0;
        for (int c = 0; c < output.length; c++) {
            loss += amounts[c] * (Math.log(total) + largest - output[c]);
            sum += amounts[c];
        }
        for (int c = 0; c < output.length; c++) {
            gradient[c] = sum * Math.exp(output[c] - largest) / total - amounts[c];
        }
        return loss;
    }

    /** Σ e^(o_c − largest). */
    private static double powers(double[] output, double largest) {
        double total = 0;
        for (double score : output) {
            total += Math.exp(score - largest);
        }
        return total;
    }

    /** Returns a label smoothing after checking that it is in [0, 1). */
    public static double requireSmoothing(double smoothing) {
        Require.argument(
                smoothing >= 0 && smoothing < 1, "label smoothing is %s, expected from 0 to below 1", smoothing);
        return smoothing;
    }

    public static void requireOneTargetEach(List<?> sequences, List<Target> targets) {
        Require.argument(
                targets.size() == sequences.size(),
                "training step: %d sequences and %d targets",
                sequences.size(),
                targets.size());
    }

    /** log σ(x) without overflow. */
    public static double logSigmoid(double x) {
        return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** σ(x) without overflow. */
    public static double sigmoid(double x) {
        double power = Math.exp(-Math.abs(x));
        return x >= 0 ? 1 / (1 + power) : power / (1 + power);
    }

    /** Returns the loss of one output; its gradient overwrites {@code gradient}. */
    public abstract double one(double[] output, Target target, double[] gradient);
}
