package org.lsradapt.adapters;

import java.util.List;
import org.lsradapt.lsr.Require;

/**
 * What a head's outputs mean.
 *
 * @param name the task's name
 * @param labels names of the classes in the order of the outputs; empty for a regression, whose one output is the value
 * @param pairs whether an input is a pair of texts
 */
public record TaskDescription(String name, List<String> labels, boolean pairs) {

    /** Checks that a classification has two classes at least. */
    public TaskDescription {
        labels = List.copyOf(labels);
        Require.argument(labels.size() != 1, "task %s: one label %s, expected none or at least 2", name, labels);
    }

    /** Whether the output is a number, not a class. */
    public boolean isRegression() {
        return labels.isEmpty();
    }

    /** How many outputs the head has. */
    public int outputs() {
        return isRegression() ? 1 : labels.size();
    }
}
