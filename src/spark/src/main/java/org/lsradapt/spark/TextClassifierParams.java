package org.lsradapt.spark;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The parameters that the estimator and the model share: the base model, the columns of texts, and those of what is predicted, of
 * which one with an empty name is left out.
 *
 * @param <S> the stage that has them
 */
public interface TextClassifierParams<S extends TextClassifierParams<S>> extends Params {

    /** Keeps them; for this package alone. */
    SharedParams shared();

    /** The base model: a name, such as minilm, or a path, that each process finds, or a URI such as hdfs://… */
    default Param<String> model() {
        return shared().model;
    }

    /** How weights of the base model's linear layers are kept: f32, bf16, int8, int4 or stored. */
    default Param<String> basePrecision() {
        return shared().basePrecision;
    }

    /** Column of the text, "text" by default. */
    default Param<String> textCol() {
        return shared().text;
    }

    /** Column of the second text of a pair; empty, the default, for single texts. */
    default Param<String> secondTextCol() {
        return shared().secondText;
    }

    /** Column of the index of the predicted class, a double; "prediction" by default. */
    default Param<String> predictionCol() {
        return shared().prediction;
    }

    /** Column of the logits, a vector; "rawPrediction" by default. */
    default Param<String> rawPredictionCol() {
        return shared().rawPrediction;
    }

    /** Column of the probabilities of the classes, a vector; "probability" by default. */
    default Param<String> probabilityCol() {
        return shared().probability;
    }

    /** Column of the name of the predicted class; "predictedLabel" by default. */
    default Param<String> predictedLabelCol() {
        return shared().predictedLabel;
    }

    /** Sets {@link #model()}. */
    default S setModel(String value) {
        return with(model(), value);
    }

    /** Sets {@link #textCol()}. */
    default S setTextCol(String value) {
        return with(textCol(), value);
    }

    /** Sets {@link #secondTextCol()}. */
    default S setSecondTextCol(String value) {
        return with(secondTextCol(), value);
    }

    /** Sets {@link #predictionCol()}. */
    default S setPredictionCol(String value) {
        return with(predictionCol(), value);
    }

    /** Sets {@link #rawPredictionCol()}. */
    default S setRawPredictionCol(String value) {
        return with(rawPredictionCol(), value);
    }

    /** Sets {@link #probabilityCol()}. */
    default S setProbabilityCol(String value) {
        return with(probabilityCol(), value);
    }

    /** Sets {@link #predictedLabelCol()}. */
    default S setPredictedLabelCol(String value) {
        return with(predictedLabelCol(), value);
    }

    @SuppressWarnings("unchecked")
    private <V> S with(Param<V> parameter, V value) {
        set(parameter, value);
        return (S) this;
    }
}
