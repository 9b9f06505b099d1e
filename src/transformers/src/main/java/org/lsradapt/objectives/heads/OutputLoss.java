package org.lsradapt.objectives.heads;

import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;

/** The loss of a head's outputs for sequences. Immutable. */
abstract class OutputLoss {

    /** Checks targets and returns Σ w_i, the weights of the mean. */
    abstract double weight(List<Target> targets);

    /**
     * Computes a part of the loss.
     *
     * @param outputs one row per sequence; not modified
     * @param targets as {@link #weight} takes them
     * @param gradients ∂L/∂outputs, overwritten
     */
    abstract double loss(double[][] outputs, List<Target> targets, double total, double[][] gradients);

    /** Returns the same loss with label smoothing, which must be 0 for a loss without classes. */
    OutputLoss smoothed(double smoothing) {
        Require.argument(
                Loss.requireSmoothing(smoothing) == 0,
                "label smoothing: the loss is %s, expected the cross-entropy of classes",
                settings().get("loss"));
        return this;
    }

    /** The label smoothing; 0 for none. */
    double smoothing() {
        return 0;
    }

    static int requireClass(int index, int outputs) {
        Require.argument(
                index >= 0 && index < outputs,
                "training step: class %d, expected one of %d, numbered from 0",
                index,
                outputs);
        return index;
    }

    /** See {@link Objective#settings}. */
    abstract Map<String, String> settings();
}
