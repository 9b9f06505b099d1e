package org.lsradapt.tasks;

import java.util.List;
import java.util.Optional;

/**
 * Training and evaluation data, either given separately or held out of one set. Immutable.
 *
 * @param <T> a training example
 * @param <E> the evaluation data
 */
abstract class SplitData<T, E> {
    private final List<T> train;
    private final E evaluation;
    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    /** Copies the lists; keeps the evaluation data. */
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

    /** The size of the held-out part; empty if evaluation data was given. */
    public final Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /** Notes for the data's owner, one sentence each: the held-out part, repeated texts, missing labels. */
    public final List<String> notes() {
        return notes;
    }
}
