package org.lsradapt.tasks.classification;

import java.util.List;
import org.lsradapt.tasks.description.TaskDescription;

/** A model that assigns its inputs to classes. Predictions are safe for use by many threads. */
public interface Classifier {

    /** The meaning of the outputs. */
    TaskDescription task();

    /** The classes in the order of the outputs. */
    default List<String> labels() {
        return task().labels();
    }

    /**
     * The classification of a row of {@link SequenceModel#outputs}.
     *
     * @param logits one per class
     */
    default Classification classification(double[] logits) {
        return Classification.of(logits, labels());
    }
}
