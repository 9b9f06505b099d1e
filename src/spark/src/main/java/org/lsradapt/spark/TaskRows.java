package org.lsradapt.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.lsr.internal.Require;

/** The rows of a task: the columns that its models score and append, which its estimator knows too, and their values. */
interface TaskRows extends Serializable {

    /** Adds the parameters of all these columns. */
    void declare(StageParams params);

    /** The columns that are scored. */
    List<StageColumn> scored();

    /** The columns that are appended to rows of a schema, which has the scored ones. */
    List<Output> outputs(StructType schema, StageParams params);

    /** Returns these rows with the settings of a stage, to send to executors. */
    default TaskRows with(StageParams params) {
        return this;
    }

    /** Returns the values of all output columns for each input, in the inputs' order. */
    List<Object[]> score(Scorer scorer, List<Scorer.Input> inputs);

    /**
     * A column that is appended.
     *
     * @param param the parameter with its name; empty to leave it out
     */
    record Output(String param, DataType type) {}

    default StructType append(StructType schema, StageParams params) {
        StructType result = schema;
        for (Output output : outputs(schema, params)) {
            Optional<String> name = params.column(output.param);
            if (name.isPresent()) {
                Require.argument(
                        !List.of(schema.fieldNames()).contains(name.get()),
                        "output column '%s' is there already, expected another name",
                        name.get());
                result = result.add(DataTypes.createStructField(name.get(), output.type, false));
            }
        }
        return result;
    }

    default boolean[] wanted(StructType schema, StageParams params) {
        List<Output> outputs = outputs(schema, params);
        boolean[] wanted = new boolean[outputs.size()];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = params.column(outputs.get(i).param).isPresent();
        }
        return wanted;
    }
}
