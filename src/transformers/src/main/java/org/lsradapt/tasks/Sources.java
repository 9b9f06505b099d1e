package org.lsradapt.tasks;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What data of one's own to train on, and perhaps what to evaluate on: both files, or both lists.
 *
 * @param <S> a file, or a list
 * @param <B> the builder that has these settings
 */
abstract class Sources<S, B extends Sources<S, B>> extends HoldingOut<B> {

    private final UnaryOperator<S> kept;
    private final S train;
    private Optional<S> dev = Optional.empty();

    /** Data to train on, of which is kept what a function makes of them. */
    Sources(S train, UnaryOperator<S> kept) {
        this.kept = kept;
        this.train = kept.apply(train);
    }

    /**
     * What to evaluate on, in the form of the data to train on: a file of the same columns, or a list, which is copied.
     * Without it, part of the training data is held out.
     *
     * @return this
     */
    public B dev(S data) {
        dev = Optional.of(kept.apply(data));
        return self();
    }

    S train() {
        return train;
    }

    Optional<S> dev() {
        return dev;
    }

    /** A file as it is. */
    static <F> F file(F file) {
        return Objects.requireNonNull(file, "file");
    }

    /**
     * Checks lists of the builder's.
     *
     * @param unit what they are lists of, such as "pair"
     * @throws IllegalArgumentException if one is empty
     */
    static <T> void requireFilled(Sources<List<T>, ?> lists, String unit) {
        if (lists.train().isEmpty() || lists.dev().filter(List::isEmpty).isPresent()) {
            throw new IllegalArgumentException(
                    (lists.train().isEmpty() ? "train" : "dev") + ": the list is empty, expected at least one " + unit);
        }
    }
}
