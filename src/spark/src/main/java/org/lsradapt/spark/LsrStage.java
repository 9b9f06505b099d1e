package org.lsradapt.spark;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The parameters that all stages have. {@code explainParams} lists those of a stage; {@code set(name, value)} and
 * {@code getParam(name)} accept all their names. An output column with an empty name is left out.
 */
public interface LsrStage<S extends LsrStage<S>> extends Params {

    /** The base model: a name, such as minilm, a path that every process can read, or a URI such as hdfs://… */
    default S setModel(String value) {
        return setParam("model", value);
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
