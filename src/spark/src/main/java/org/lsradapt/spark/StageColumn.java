package org.lsradapt.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.lsradapt.lsr.internal.Require;
import scala.collection.Seq;

/**
 * A column that a stage reads.
 *
 * @param param the parameter with the column's name
 * @param what the column's purpose, for messages
 * @param optional whether the parameter may be empty, for no column
 */
record StageColumn(String param, String what, Kind kind, boolean optional) implements Serializable {

    static StageColumn of(String param, String what, Kind kind) {
        return new StageColumn(param, what, kind, false);
    }

    static StageColumn optional(String param, String what, Kind kind) {
        return new StageColumn(param, what, kind, true);
    }

    /** The values of a column. */
    enum Kind {
        STRING("string", DataTypes.StringType::equals),
        STRING_OR_NUMBER(
                "string, or numbers", type -> type.equals(DataTypes.StringType) || type instanceof NumericType),
        STRING_OR_STRINGS("string, or array<string>", type -> type.equals(DataTypes.StringType) || isStrings(type)),
        NUMBER("numbers", type -> type.equals(DataTypes.StringType) || type instanceof NumericType),
        FLAG("boolean", DataTypes.BooleanType::equals),
        TAGS("array<string>, or array<struct<start, end, label>>", type -> isStrings(type) || isSpans(type));

        private final String expected;
        private final Predicate<DataType> fits;

        Kind(String expected, Predicate<DataType> fits) {
            this.expected = expected;
            this.fits = fits;
        }
    }

    static boolean isStrings(DataType type) {
        return type instanceof ArrayType array && array.elementType().equals(DataTypes.StringType);
    }

    private static boolean isSpans(DataType type) {
        return type instanceof ArrayType array
                && array.elementType() instanceof StructType span
                && List.of(span.fieldNames()).containsAll(List.of("start", "end", "label"));
    }

    /** Checks that a schema has the column exactly once, with values of its kind; empty if it is optional and not named. */
    Optional<DataType> require(StructType schema, StageParams params) {
        if (optional && params.column(param).isEmpty()) {
            return Optional.empty();
        }
        String name = params.value(param);
        List<String> names = List.of(schema.fieldNames());
        Require.argument(names.contains(name), "%s '%s' is not there, expected one of %s", what, name, names);
        Require.argument(
                names.indexOf(name) == names.lastIndexOf(name),
                "%s '%s' is there twice, expected once: %s",
                what,
                name,
                names);
        DataType type = schema.apply(name).dataType();
        Require.argument(
                kind.fits.test(type), "%s '%s' holds %s, expected %s", what, name, type.simpleString(), kind.expected);
        return Optional.of(type);
    }

    /** Checks that a row has a value in a column, and that an array there has no null; the message begins as told. */
    static void requireNoNull(Row row, int column, String name, String begin) {
        Require.argument(!row.isNullAt(column), "%scolumn '%s' is null in row %s", begin, name, row);
        Require.argument(
                !(row.get(column) instanceof Seq<?> values) || !values.contains(null),
                "%scolumn '%s' has a null in row %s",
                begin,
                name,
                row);
    }

    /** Returns a double, or the number that a text is, as in a table of texts. */
    static double number(Row row, int column, String name) {
        if (row.get(column) instanceof Double number) {
            return number;
        }
        try {
            return Double.parseDouble(row.getString(column));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "column '" + name + "' has '" + row.get(column) + "' in row " + row + ", expected a number", e);
        }
    }
}
