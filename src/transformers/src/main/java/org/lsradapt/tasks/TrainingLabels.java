package org.lsradapt.tasks;

import org.lsradapt.tasks.internal.LabelSet;
import org.lsradapt.tasks.internal.Quoted;
import org.lsradapt.tasks.internal.Target;

/**
 * The classes of the training rows, as what evaluation rows may hold.
 *
 * @param labels the classes
 * @param source where they come from, for messages, such as "training file train.csv"
 */
record TrainingLabels(LabelSet labels, String source) implements Target {

    @Override
    public double parse(String value) {
        return labels.parse(value);
    }

    @Override
    public String complaint(String value) {
        return "label " + Quoted.value(value) + " does not occur in the " + source + " (labels: "
                + Quoted.shortened(String.join(", ", labels.names())) + ")";
    }
}
