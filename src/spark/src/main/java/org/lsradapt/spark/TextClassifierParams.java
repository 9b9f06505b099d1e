package org.lsradapt.spark;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The parameters that the estimator and the model share: the base model, the columns of texts, and the output columns; an
 * output column with an empty name is left out. {@code explainParams} lists them; {@code set(name, value)} and
 * {@code getParam(name)} accept all their names.
 *
 * @param <S> the type of the stage
 */
public interface TextClassifierParams<S extends TextClassifierParams<S>> extends Params {

    /** The base model: a name, such as minilm, a path that every process can read, or a URI such as hdfs://… */
    default S setModel(String value) {
        return setParam("model", value);
    }

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

    /**
     * Sets any parameter by name.
     *
     * @param value a value of the parameter's type; a whole number also sets a real parameter
     * @throws IllegalArgumentException if the value is of another type
     * @throws java.util.NoSuchElementException if there is no parameter of that name
     */
    @SuppressWarnings("unchecked")
    default S setParam(String name, Object value) {
        set(getParam(name), StageParams.checked(getParam(name), value));
        return (S) this;
    }

    /** The integer parameter of this name, for a grid of values. */
    default IntParam intParam(String name) {
        return (IntParam) (Param<?>) getParam(name);
    }

    /** The real parameter of this name, for a grid of values. */
    default DoubleParam doubleParam(String name) {
        return (DoubleParam) (Param<?>) getParam(name);
    }
}
