package org.lsradapt.data;

import java.util.List;
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
 */
public record Split<T, E>(List<T> rows, List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
    /** Copies the lists. */
    public Split {
        rows = List.copyOf(rows);
        train = List.copyOf(train);
        notes = List.copyOf(notes);
    }

    /** Creates parts whose training examples are all rows. */
    public Split(List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this(train, train, evaluation, heldOut, notes);
    }
}
