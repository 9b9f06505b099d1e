package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;

/**
 * The thresholds of ordered classes on the scale of a score, θ_1 &lt; … &lt; θ_(K−1) for K classes. With the score s of an input, the
 * probability of a class above k is P(y &gt; k) = σ(s − θ_k) for k = 1 … K − 1: the proportional odds model (McCullagh, "Regression
 * Models for Ordinal Data", 1980). All classes share the weights of the score, as in CORAL (Cao, Mirjalili and Raschka 2020, arXiv
 * 1901.07884).
 *
 * <p>Training changes parameters a with θ_1 = a_1 and θ_(k+1) = θ_k + softplus(a_(k+1)), so thresholds stay in order.
 */
public final class OrdinalThresholds {

    private OrdinalThresholds() {}

    /**
     * Returns the thresholds at which the score 0 gives each class its frequency, counting each class once more.
     *
     * @param counts the number of examples of each class, at least two classes; not modified
     * @return a new array, one less than classes
     */
    public static double[] ofCounts(int[] counts) {
        double total = IntStream.of(counts).sum() + counts.length;
        double[] thresholds = new double[counts.length - 1];
        double below = 0;
        for (int k = 0; k < thresholds.length; k++) {
            below += counts[k] + 1;
            thresholds[k] = Math.log(below / (total - below));
        }
        return thresholds;
    }

    /**
     * Checks thresholds.
     *
     * @return the same array
     * @throws IllegalArgumentException if there are none, or they are not finite numbers that rise
     */
    public static double[] require(double[] thresholds) {
        Require.argument(
                thresholds.length > 0
                        && Arrays.stream(thresholds).allMatch(Double::isFinite)
                        && IntStream.range(1, thresholds.length).allMatch(k -> thresholds[k - 1] < thresholds[k]),
                "thresholds %s of ordered classes, expected finite numbers that rise",
                Arrays.toString(thresholds));
        return thresholds;
    }

    /**
     * Returns the logarithms of the classes' probabilities. They are finite for any finite score.
     *
     * @param score s
     * @param thresholds as {@link #require} takes them; not modified
     * @return a new array, one more than thresholds
     */
    public static double[] logProbabilities(double score, double[] thresholds) {
        int last = thresholds.length;
        double[] logs = new double[last + 1];
        for (int c = 0; c <= last; c++) {
            double above = c < last ? Loss.logSigmoid(thresholds[c] - score) : 0;
            double below = c > 0 ? Loss.logSigmoid(score - thresholds[c - 1]) : 0;
            logs[c] = above + below + (c > 0 && c < last ? logOpen(thresholds[c] - thresholds[c - 1]) : 0);
        }
        return logs;
    }

    static double[] parameters(double[] thresholds) {
        double[] parameters = require(thresholds).clone();
        for (int k = 1; k < parameters.length; k++) {
            double gap = thresholds[k] - thresholds[k - 1];
            parameters[k] = gap + logOpen(gap);
        }
        return parameters;
    }

    /** Returns the thresholds that parameters give; those of gaps too small for a double are neighbors. */
    static double[] of(double[] parameters) {
        double[] thresholds = parameters.clone();
        for (int k = 1; k < thresholds.length; k++) {
            thresholds[k] = Math.max(thresholds[k - 1] + softplus(parameters[k]), Math.nextUp(thresholds[k - 1]));
        }
        return thresholds;
    }

    static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** Returns log(1 − e^(−gap)): σ(u) − σ(l) = σ(u)·σ(−l)·(1 − e^(l − u)). */
    static double logOpen(double gap) {
        return Math.log(-Math.expm1(-gap));
    }
}
