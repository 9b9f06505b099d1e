package org.lsradapt.data;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The rows of data with their texts and labels, as checks and corrections of labels read them. Immutable.
 *
 * @param rows the rows in their order
 * @param cells returns the cells of a row: one, or one for each word
 */
public record RowLabels<T>(
        List<T> rows, Form form, List<String> labels, Function<T, List<Cell>> cells, Change<T> change) {

    /** The form of a row's labels. */
    public enum Form {
        /** Each row has one label. */
        ONE,
        /** Each row has any number of labels. */
        SEVERAL,
        /** Each word of a row has one label. */
        WORDS,
        /** Each row has a number, which is no label. */
        NUMBERS
    }

    /**
     * A text, a pair of texts or a word, with its labels.
     *
     * @param text the text or the word
     * @param labels the indices of its labels, ascending
     */
    public record Cell(String text, Optional<String> secondText, List<Integer> labels) {}

    /** Changes the labels of a row. */
    @FunctionalInterface
    public interface Change<T> {
        /** Returns the row with the labels of one of its cells changed to those with the given indices. */
        T with(T row, int cell, List<Integer> labels);
    }

    /**
     * Rows after an edit.
     *
     * @param note a sentence for the data's owner, without its full stop
     */
    public record Edited<T>(List<T> rows, String note) {}

    /** Changes labels and removes rows. */
    @FunctionalInterface
    public interface Edit {
        /** Returns the rows after the edit; throws an {@link IOException} if it does not fit them. */
        <T> Edited<T> apply(RowLabels<T> rows) throws IOException;
    }

    /** Returns the labels of examples; empty if some are alternatives of one question. */
    static Optional<RowLabels<Example>> of(List<Example> rows, Task task) {
        if (rows.stream().anyMatch(row -> row.group() != Example.NO_GROUP)) {
            return Optional.empty();
        }
        Form form = task.labelType() == Label.Category.class
                ? Form.ONE
                : task.labelType() == Label.Several.class ? Form.SEVERAL : Form.NUMBERS;
        return Optional.of(new RowLabels<>(
                rows,
                form,
                task.labels(),
                row -> List.of(new Cell(row.first(), Optional.ofNullable(row.second()), indices(row.label()))),
                (row, cell, labels) ->
                        row.labelled(form == Form.ONE ? new Label.Category(labels.get(0)) : Label.Several.of(labels))));
    }

    private static List<Integer> indices(Label label) {
        return label instanceof Label.Category one
                ? List.of(one.index())
                : label instanceof Label.Several several ? List.copyOf(several.indices()) : List.of();
    }

    /** Returns the cells of all rows. */
    public List<List<Cell>> all() {
        return rows.stream().map(cells).toList();
    }
}
