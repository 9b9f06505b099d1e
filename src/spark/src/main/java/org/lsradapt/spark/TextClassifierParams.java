package org.lsradapt.spark;

/** The parameters that the classifier's estimator and model share: the columns of texts, and the output columns. */
public interface TextClassifierParams<S extends TextClassifierParams<S>> extends LsrStage<S> {

    /** The column of the text, "text" by default. */
    default S setTextCol(String value) {
        return setParam("textCol", value);
    }

    /** The column of the second text of a pair; empty, the default, for single texts. */
    default S setSecondTextCol(String value) {
        return setParam("secondTextCol", value);
    }

    /** The column of the index of the predicted class, a double; "prediction" by default. */
    default S setPredictionCol(String value) {
        return setParam("predictionCol", value);
    }

    /** The column of the logits, a vector; "rawPrediction" by default. */
    default S setRawPredictionCol(String value) {
        return setParam("rawPredictionCol", value);
    }

    /** The column of the probabilities of the classes, a vector; "probability" by default. */
    default S setProbabilityCol(String value) {
        return setParam("probabilityCol", value);
    }

    /** The column of the name of the predicted class; "predictedLabel" by default. */
    default S setPredictedLabelCol(String value) {
        return setParam("predictedLabelCol", value);
    }
}
