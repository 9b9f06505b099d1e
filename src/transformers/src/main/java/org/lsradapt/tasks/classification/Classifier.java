package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.tasks.description.TaskDescription;

/** A model that assigns its inputs to classes. Predictions are safe for use by many threads. */
public interface Classifier {

    /** The meaning of the outputs. */
    TaskDescription task();

    /** The classes in the order of the outputs. */
    default List<String> labels() {
        return task().labels();
    }

    /** The classification of a row of {@link SequenceModel#outputs}, one logit per class. */
    default Classification classification(double[] logits) {
        return Classification.of(logits, labels());
    }

    /** Returns the least probability of a class that is answered; empty if all inputs are answered. */
    OptionalDouble leastProbability();

    /** Returns a classification, or nothing if its probability is below {@link #leastProbability}. */
    default Optional<Classification> ifSure(Classification one) {
        return Optional.of(one)
                .filter(any -> any.probability() >= leastProbability().orElse(0));
    }
}
