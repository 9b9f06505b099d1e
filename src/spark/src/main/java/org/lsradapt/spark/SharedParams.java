package org.lsradapt.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.BasePrecision;

/**
 * The parameters of {@link TextClassifierParams}: the base model, and columns, of which an output without a name is left out.
 */
final class SharedParams implements Serializable {
    private static final long serialVersionUID = 1L;

    final Param<String> model;
    final Param<String> basePrecision;
    final Param<String> text;
    final Param<String> secondText;
    final Param<String> prediction;
    final Param<String> rawPrediction;
    final Param<String> probability;
    final Param<String> predictedLabel;

    private final Params owner;

    /** New ones, without values. */
    SharedParams(Params owner) {
        this.owner = owner;
        model = new Param<>(owner, "model", "the base model: a name or path that each process finds, or a URI");
        basePrecision = new Param<>(owner, "basePrecision", "how weights of the base model are kept: " + precisions());
        text = new Param<>(owner, "textCol", "column of the text");
        secondText = new Param<>(owner, "secondTextCol", "column of the second text of a pair; empty for single texts");
        prediction = new Param<>(owner, "predictionCol", "column of the index of the predicted class, a double");
        rawPrediction = new Param<>(owner, "rawPredictionCol", "column of the logits, a vector");
        probability = new Param<>(owner, "probabilityCol", "column of the probabilities of the classes, a vector");
        predictedLabel = new Param<>(owner, "predictedLabelCol", "column of the name of the predicted class");
    }

    private static String precisions() {
        return String.join(
                ", ",
                Arrays.stream(BasePrecision.values()).map(BasePrecision::label).toList());
    }

    /** Sets what they are unless something else is set; a base model has no default here. */
    void setDefaults() {
        owner.setDefault(basePrecision, BasePrecision.STORED.label());
        owner.setDefault(text, "text");
        owner.setDefault(secondText, "");
        owner.setDefault(prediction, "prediction");
        owner.setDefault(rawPrediction, "rawPrediction");
        owner.setDefault(probability, "probability");
        owner.setDefault(predictedLabel, "predictedLabel");
    }

    BaseReference base() {
        return new BaseReference(owner.getOrDefault(model), BasePrecision.named(owner.getOrDefault(basePrecision)));
    }

    String name(Param<String> column) {
        return owner.getOrDefault(column);
    }

    Optional<String> second() {
        return Optional.of(name(secondText)).filter(column -> !column.isEmpty());
    }

    /** Checks that a column is there, and what it holds. */
    static StructField require(StructType schema, String name, String what) {
        List<String> names = List.of(schema.fieldNames());
        Require.argument(names.contains(name), "%s '%s' is not there, expected one of %s", what, name, names);
        Require.argument(
                names.indexOf(name) == names.lastIndexOf(name),
                "%s '%s' is there twice, expected once: %s",
                what,
                name,
                names);
        return schema.apply(name);
    }

    /** A column by its name, which may have dots and backticks in it. */
    static Column of(Dataset<?> dataset, String name) {
        return dataset.col("`" + name.replace("`", "``") + "`");
    }

    /** Checks that a column holds strings. */
    static void requireString(StructType schema, String name, String what) {
        DataType type = require(schema, name, what).dataType();
        Require.argument(
                type.equals(DataTypes.StringType),
                "%s '%s' holds %s, expected string",
                what,
                name,
                type.simpleString());
    }

    /** Whether a label column holds indexes of classes; else it holds their names. */
    static boolean isNumeric(StructType schema, String name) {
        DataType type = require(schema, name, "label column").dataType();
        Require.argument(
                type.equals(DataTypes.StringType) || type instanceof NumericType,
                "label column '%s' holds %s, expected string, or numbers",
                name,
                type.simpleString());
        return type instanceof NumericType;
    }

    /** What a model makes of a schema. */
    StructType append(StructType schema) {
        requireString(schema, name(text), "text column");
        second().ifPresent(column -> requireString(schema, column, "second text column"));
        StructType result = schema;
        for (StructField field : outputs()) {
            Require.argument(
                    !List.of(schema.fieldNames()).contains(field.name()),
                    "output column '%s' is there already, expected another name",
                    field.name());
            result = result.add(field);
        }
        return result;
    }

    private List<StructField> outputs() {
        List<StructField> fields = new ArrayList<>();
        add(fields, rawPrediction, SQLDataTypes.VectorType());
        add(fields, probability, SQLDataTypes.VectorType());
        add(fields, prediction, DataTypes.DoubleType);
        add(fields, predictedLabel, DataTypes.StringType);
        return fields;
    }

    private void add(List<StructField> fields, Param<String> column, DataType type) {
        String name = name(column);
        if (!name.isEmpty()) {
            fields.add(DataTypes.createStructField(name, type, false));
        }
    }
}
