package org.lsradapt.data;

import java.util.List;
import java.util.Optional;

/**
 * The parts of a data set.
 *
 * @param train the training examples; copied
 * @param evaluation the evaluation data; kept, unless it is a list
 * @param heldOut the size of the held-out part; empty if evaluation data was given
 * @param notes sentences for the data's owner; copied
 */
public record Split<T, E>(List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
    /** Copies the lists. */
    public Split {
        train = List.copyOf(train);
        notes = List.copyOf(notes);
    }
}
