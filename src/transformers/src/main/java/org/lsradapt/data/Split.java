package org.lsradapt.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parts of a data set.
 *
 * @param rows all rows that were given for training, in their order: the training examples, and those that are held out; copied
 *
 * @param train the training examples; copied
 * @param evaluation the evaluation data; kept, unless it is a list
 * @param heldOut the size of the held-out part; empty if evaluation data was given
 * @param notes sentences for the data's owner; copied
 * @param columns the columns of the rows' table that were named, by the option of the command line, such as text; copied
 */
public record Split<T, E>(
        List<T> rows,
        List<T> train,
        E evaluation,
        Optional<HeldOut> heldOut,
        List<String> notes,
        Map<String, List<String>> columns) {
    /** Copies the lists. */
    public Split {
        rows = List.copyOf(rows);
        train = List.copyOf(train);
        notes = List.copyOf(notes);
        columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    /** Creates parts of rows without named columns. */
    public Split(List<T> rows, List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this(rows, train, evaluation, heldOut, notes, Map.of());
    }

    /** Creates parts whose training examples are all rows. */
    public Split(List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this(train, train, evaluation, heldOut, notes);
    }

    /** Returns the same parts of rows from named columns. */
    Split<T, E> columns(Map<String, List<String>> named) {
        return new Split<>(rows, train, evaluation, heldOut, notes, named);
    }
}
