package org.lsradapt.objectives;

import java.util.Map;

/** What training minimizes of a head's outputs for sequences. Immutable. */
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

    /** As {@link Objective#settings}. */
    abstract Map<String, String> settings();
}
