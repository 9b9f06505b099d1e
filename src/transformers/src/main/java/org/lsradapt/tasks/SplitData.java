package org.lsradapt.tasks;

import java.util.List;
import java.util.Optional;

/**
 * Data in two parts, as they were given or as one was held out of the other. Immutable.
 *
 * @param <T> what is learned from
 * @param <E> what is measured on
 */
abstract class SplitData<T, E> {
    private final List<T> train;
    private final E evaluation;
    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    /** Copies the lists; keeps what is measured on. */
    SplitData(List<T> train, E evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this.train = List.copyOf(train);
        this.evaluation = evaluation;
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
    }

    /** The training examples, in the order of files, lists and rows; at least one. Unmodifiable. */
    public final List<T> train() {
        return train;
    }

    /** The evaluation examples; not empty. Unmodifiable. */
    public final E evaluation() {
        return evaluation;
    }

    /** How much was held out; empty where evaluation data was given. */
    public final Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /** Notes for the owner of the data, a sentence each: the held-out part, repeated texts, missing labels. */
    public final List<String> notes() {
        return notes;
    }
}
