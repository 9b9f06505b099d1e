package org.lsradapt.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.rules.StratifiedSplit;
import org.lsradapt.lsr.internal.Require;

/**
 * Training examples, and the data on which a trained model is evaluated: given separately, or held out of one set. Immutable and
 * thread-safe.
 *
 * @param <D> the concrete data set
 */
public abstract class Dataset<T, E, D extends Dataset<T, E, D>> {
    private final Division<T, E> division;
    private final Split<T, E> split;

    /** Creates data from its parts. */
    public Dataset(Division<T, E> division, Split<T, E> split) {
        this.division = division;
        this.split = split;
    }

    @SuppressWarnings("unchecked")
    private D self() {
        return (D) this;
    }

    /** Returns the same kind of data with other examples. */
    protected abstract D with(Split<T, E> parts);

    private D remade(Split<T, E> parts) {
        return with(parts.columns(split.columns()));
    }

    /** Returns the rules by which this data is divided. */
    protected final Division<T, E> division() {
        return division;
    }

    /** The training examples, in the order of files, lists and rows; at least one. Unmodifiable. */
    public final List<T> train() {
        return split.train();
    }

    /** The evaluation data; not empty. Unmodifiable. */
    public final E evaluation() {
        return split.evaluation();
    }

    /** The size of the held-out part; empty if evaluation data was given. */
    public final Optional<HeldOut> heldOut() {
        return split.heldOut();
    }

    /** All rows that were given for training, in their order: the training examples, and those that are held out of them. Unmodifiable. */
    public final List<T> rows() {
        return split.rows();
    }

    /** Notes for the data's owner, one sentence each: the held-out part, repeated texts, missing labels. */
    public final List<String> notes() {
        return split.notes();
    }

    /**
     * The columns of the rows' table that were named, by the option of the command line that names them, such as {@code text}; a
     * trained model remembers them. Unmodifiable.
     */
    public final Map<String, List<String>> columns() {
        return split.columns();
    }

    /** Returns the same data with the columns of another one that it was made of. */
    public final D columnsOf(Dataset<?, ?, ?> origin) {
        return with(split.columns(origin.columns()));
    }

    /**
     * Holds out training examples for evaluation, in place of the evaluation data. The notes stay.
     *
     * @param fraction the fraction to hold out, above 0 and below 1
     * @throws IllegalArgumentException if the fraction is out of range or no example can be held out
     */
    public final D holdOut(double fraction, long seed) {
        DataBuilder.requireFraction(fraction);
        try {
            Split<T, E> parts =
                    division.divide(new Rows<>("train", train()), new StratifiedSplit(fraction, seed), new Notes());
            return remade(new Split<>(train(), parts.train(), parts.evaluation(), parts.heldOut(), notes()));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Returns the labels of all {@link #rows}; empty if rows have answers of another kind. */
    public Optional<RowLabels<T>> rowLabels() {
        return Optional.empty();
    }

    /** Returns the labels of the evaluation rows; empty if they are held out, or have answers of another kind. */
    public Optional<RowLabels<T>> evaluationLabels() {
        return Optional.empty();
    }

    /**
     * Changes labels, or removes rows. A part that was held out is held out again, by the same rules; a note says what was changed.
     *
     * @param edit such as {@code Corrections.read(file)}
     * @throws IllegalArgumentException if rows have no labels to change, or none can be held out or trained on afterwards
     * @throws IOException if the edit does not fit the rows; the message has the place
     */
    public final D corrected(RowLabels.Edit edit) throws IOException {
        RowLabels.Edited<T> edited = edit.apply(
                rowLabels()
                        .orElseThrow(
                                () -> new IllegalArgumentException(
                                        "corrections: the rows of this data have no labels, expected classes, several labels or tags")));
        Rows<T> rows = new Rows<>("the corrected data", edited.rows());
        Require.argument(rows.size() > 0, "corrections: no row is left, expected some to train on");
        Notes notes = new Notes();
        notes.add("%s", edited.note());
        if (heldOut().isPresent()) {
            HeldOut before = heldOut().get();
            return remade(division.divide(
                    rows, new StratifiedSplit((double) before.count() / before.total(), before.seed()), notes));
        }
        notes().forEach(notes::addOnce);
        return remade(new Split<>(rows.all(), evaluation(), Optional.empty(), notes.all()));
    }

    /**
     * Divides all {@link #rows} into folds for a cross-validation, stratified as a part to hold out is.
     *
     * @param count the number of folds, from 2 to the number of different texts
     * @throws IllegalArgumentException if the number of folds is out of range
     */
    public final Folds folds(int count, long seed) {
        return division.folds(rows(), count, seed);
    }

    /**
     * Holds out one fold for evaluation, and trains on all others.
     *
     * @param folds a division of these rows
     * @param fold the number of the fold, from 0
     * @throws IllegalArgumentException if the rows of the other folds cannot be trained on, or those of the fold not be evaluated
     */
    public final D fold(Folds folds, int fold) {
        try {
            return remade(division.holdOut(
                    new Rows<>("fold " + (fold + 1), rows()), folds.chosen(fold), folds.seed(), new Notes()));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Trains on all {@link #rows}, which are the evaluation data too. The notes stay.
     *
     * @throws IllegalArgumentException if the rows cannot be evaluated
     */
    public final D undivided() {
        Rows<T> all = new Rows<>("train", rows());
        try {
            return remade(
                    new Split<>(rows(), division.evaluation(all, all, 0, new Notes()), Optional.empty(), notes()));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Keeps a random part of the training examples, which is chosen as a part to hold out is.
     *
     * @param count the approximate number to train on, at least 2
     * @return this object if it has no more than {@code count} training examples; otherwise data with the chosen ones in their order and
     *     all evaluation data
     * @throws IllegalArgumentException if the count is less than 2
     */
    public final D limit(int count, long seed) {
        Require.argument(count >= 2, "limit: %d training examples, expected at least 2", count);
        if (count >= train().size()) {
            return self();
        }
        StratifiedSplit part = new StratifiedSplit((double) count / train().size(), seed);
        List<T> kept = StratifiedSplit.part(train(), division.chooseRows(train(), part), true);
        List<String> noted = new ArrayList<>(notes());
        noted.add(
                String.format(Locale.ROOT, "trained on %,d of the %,d training examples", kept.size(), train().size()));
        return remade(new Split<>(kept, evaluation(), Optional.empty(), noted));
    }
}
