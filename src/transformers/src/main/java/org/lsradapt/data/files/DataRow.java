package org.lsradapt.data.files;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.data.rules.LabelParser;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/** One row of a user's data file in any format: its values by column name, with their location in the file. */
public interface DataRow {

    String text(String column) throws IOException;

    /** The texts of a column: one, or in JSON lines optionally an array. */
    default List<String> texts(String column) throws IOException {
        return List.of(text(column));
    }

    /** Whether the value of a column is an array, as it may be in JSON lines. */
    default boolean isArray(String column) throws IOException {
        return false;
    }

    /** The value of a column that may be a word, a number, true or false. */
    default String label(String column) throws IOException {
        return text(column);
    }

    /** The finite numbers of a column: one, or in JSON lines optionally an array. */
    default List<Double> numbers(String column) throws IOException {
        return List.of(number(column, label(column)));
    }

    default double number(String column, String value) throws IOException {
        return new FiniteNumber()
                .parse(value)
                .orElseThrow(() -> failure(column, "is " + Quoted.value(value) + ", expected a finite decimal number"));
    }

    default boolean has(String column) {
        return columns().contains(column);
    }

    /** The columns that the row has, in their order. */
    List<String> columns();

    /** An exception about this row: file, line number and problem. */
    IOException failure(String message);

    default IOException failure(String column, String message) {
        return failure("column \"" + column + "\" " + message);
    }

    /** Throws an exception if there is a problem. */
    default void refuse(String column, Optional<String> problem) throws IOException {
        if (problem.isPresent()) {
            throw failure(column, problem.get());
        }
    }

    /** The text of a column that a model reads; not blank. */
    default String filled(String column) throws IOException {
        String text = text(column);
        refuse(column, TextProblem.ofText(text));
        return text;
    }

    /** The texts of a column that a model reads, at least one; none is blank. */
    default List<String> allFilled(String column) throws IOException {
        List<String> texts = texts(column);
        for (String text : texts) {
            refuse(column, TextProblem.ofText(text));
        }
        if (texts.isEmpty()) {
            throw failure(column, "is an empty array, expected a text");
        }
        return texts;
    }

    /** The name of a class, or a number. */
    default String filledLabel(String column) throws IOException {
        String label = label(column);
        refuse(column, TextProblem.ofLabel(label));
        return label;
    }

    /** The meaning of a label. */
    default <T> T parsed(String column, LabelParser<T> parser) throws IOException {
        String label = filledLabel(column);
        return parser.parse(label).orElseThrow(() -> failure(parser.complaint(label)));
    }
}
