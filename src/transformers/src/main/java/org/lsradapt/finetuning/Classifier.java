package org.lsradapt.finetuning;

import java.util.List;

/** A model that tells the class of what it reads. Predictions are safe for use by many threads. */
public abstract sealed class Classifier extends SequenceModel permits TextClassifier, ImageClassifier {

    Classifier(Parts parts) {
        super(parts);
    }

    /** The classes in the order of the outputs. */
    public List<String> labels() {
        return task().labels();
    }

    /**
     * What a row of {@link #outputs} says.
     *
     * @param logits one per class
     */
    public Classification classification(double[] logits) {
        return Classification.of(logits, labels());
    }
}
