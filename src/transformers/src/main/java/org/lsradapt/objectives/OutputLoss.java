package org.lsradapt.objectives;

import java.util.Map;
import org.lsradapt.lsr.internal.Require;

/** The loss of a head's outputs for sequences. Immutable. */
abstract class OutputLoss {

    /** Checks labels, and gives Σ w_i of what the loss is a mean of. */
    abstract double weight(double[] labels);

    /**
     * A part of the loss.
     *
     * @param outputs one row per sequence; not modified
     * @param labels as {@link #weight} takes them
     * @param total what the sum is divided by
     * @param gradients ∂L/∂outputs, overwritten
     * @return the part's value
     */
    abstract double loss(double[][] outputs, double[] labels, double total, double[][] gradients);

    /**
     * The same with the labels smoothed.
     *
     * @throws IllegalArgumentException if it has no classes
     */
    OutputLoss smoothed(double smoothing) {
        Require.argument(
                Loss.requireSmoothing(smoothing) == 0,
                "label smoothing: the loss is %s, expected the cross-entropy of classes",
                settings().get("loss"));
        return this;
    }

    /** By how much labels are smoothed. */
    double smoothing() {
        return 0;
    }

    /** As {@link Objective#settings}. */
    abstract Map<String, String> settings();
}
