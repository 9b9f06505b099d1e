package org.lsradapt.data;

import java.io.IOException;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.lsradapt.data.rules.StratifiedSplit;

/**
 * The rules by which rows become training and evaluation data: which rows are equal, which ones are held out, and what their owner is
 * told.
 */
public abstract class Division<T, E> {
    private final HeldOut.Unit unit;
    private final int least;
    private final String why;

    /**
     * @param least the least number of rows to hold out
     * @param why the rows that have to stay, for the message if fewer can be held out, such as ", as one"
     */
    public Division(HeldOut.Unit unit, int least, String why) {
        this.unit = unit;
        this.least = least;
        this.why = why;
    }

    /** The key by which rows are equal. */
    protected abstract Object identity(T row);

    /** Returns the class of each row, from 0, of which each part gets its share; by default, all rows are of one class. */
    protected int[] classes(List<T> rows) {
        return new int[rows.size()];
    }

    /** Chooses rows to hold out, or to keep. Equal ones are on the same side. */
    protected BitSet chooseRows(List<T> rows, StratifiedSplit split) {
        return split.byClass(identities(rows), classes(rows));
    }

    /** Divides rows into folds. Equal ones are in the same fold. */
    protected Folds folds(List<T> rows, int count, long seed) {
        return Folds.byClass(identities(rows), classes(rows), count, seed);
    }

    /** Chooses rows to hold out for evaluation. */
    protected BitSet chooseHeldOut(Rows<T> rows, StratifiedSplit split, Notes notes) {
        return chooseRows(rows.all(), split);
    }

    /** Makes the evaluation data of rows that are not trained on; the seed is that of random choices. */
    protected abstract E evaluation(Rows<T> rows, Rows<T> train, long seed, Notes notes) throws IOException;

    /** Checks all rows before some are held out. */
    protected void requireRows(Rows<T> rows) throws IOException {}

    /** Checks the rows that are trained on. */
    protected void requireTrainable(Rows<T> train) throws IOException {}

    /** Adds notes about given evaluation rows. */
    protected void compare(Rows<T> train, Rows<T> dev, Notes notes) {}

    /** Adds notes about the divided data. */
    protected void describe(Rows<T> rows, List<T> train, E evaluation, Notes notes) {}

    final Split<T, E> given(Rows<T> train, Rows<T> dev, long seed, Notes notes) throws IOException {
        requireRows(train);
        requireTrainable(train);
        compare(train, dev, notes);
        E evaluation = evaluation(dev, train, seed, notes);
        describe(train, train.all(), evaluation, notes);
        return new Split<>(train.all(), evaluation, Optional.empty(), notes.all());
    }

    /**
     * Holds rows out.
     *
     * @throws IOException if too few can be held out
     */
    protected final Split<T, E> divide(Rows<T> rows, StratifiedSplit split, Notes notes) throws IOException {
        requireRows(rows);
        Notes chosenNotes = new Notes();
        BitSet chosen = chooseHeldOut(rows, split, chosenNotes);
        requireEnough(rows, chosen.cardinality());
        notes.add("%s", heldOut(rows, chosen, split.seed()).describe(rows.source()));
        noteRepetitions(rows, notes, "; equal texts are on the same side");
        chosenNotes.all().forEach(notes::addOnce);
        return holdOut(rows, chosen, split.seed(), notes);
    }

    final Split<T, E> holdOut(Rows<T> rows, BitSet chosen, long seed, Notes notes) throws IOException {
        Rows<T> train = rows.part(chosen, false);
        requireTrainable(train);
        E evaluation = evaluation(rows.part(chosen, true), train, seed, notes);
        describe(rows, train.all(), evaluation, notes);
        return new Split<>(rows.all(), train.all(), evaluation, Optional.of(heldOut(rows, chosen, seed)), notes.all());
    }

    private HeldOut heldOut(Rows<T> rows, BitSet chosen, long seed) {
        return new HeldOut(chosen.cardinality(), rows.size(), unit, repeated(rows), seed);
    }

    private void requireEnough(Rows<T> rows, int found) throws IOException {
        String units = unit.name().toLowerCase(Locale.ROOT);
        if (found < least) {
            throw new IOException(rows.source() + ": of " + rows.size() + " "
                    + (rows.size() == 1 ? units.substring(0, units.length() - 1) : units) + " "
                    + (found == 0 ? "none" : "one") + " can be held out to evaluate on" + why
                    + " is to train on and equal texts stay together; expected more " + units
                    + ", or evaluation data");
        }
    }

    /** Returns the keys by which rows are equal. */
    protected final List<Object> identities(List<T> rows) {
        return rows.stream().map(this::identity).toList();
    }

    private int repeated(Rows<T> rows) {
        return rows.size() - StratifiedSplit.groups(identities(rows.all())).size();
    }

    /** Adds a note if rows repeat earlier ones. */
    protected final void noteRepetitions(Rows<T> rows, Notes notes, String consequence) {
        int repeated = repeated(rows);
        if (repeated > 0) {
            notes.add(
                    "texts of %s that repeat an earlier one: %,d of %,d %s%s",
                    rows.source(), repeated, rows.size(), unit.name().toLowerCase(Locale.ROOT), consequence);
        }
    }

    /** Adds a note of how many evaluation rows equal training rows, if any; {@code what} is the noun for the compared values. */
    protected final void noteKnown(Rows<T> train, Rows<T> dev, String what, Notes notes) {
        Set<Object> trained = Set.copyOf(identities(train.all()));
        notes.addUnlessNone(
                dev.all().stream()
                        .filter(row -> trained.contains(identity(row)))
                        .count(),
                "%2$s of %3$s that are also in %4$s: %1$,d of %5$,d rows",
                what,
                dev.source(),
                train.source(),
                dev.size());
    }

    /** Returns the rarest label of each row as its class. */
    protected final int[] byRarest(List<T> rows, Function<T, List<String>> labels) {
        Map<String, Integer> counts = new HashMap<>();
        rows.forEach(row -> labels.apply(row).forEach(label -> counts.merge(label, 1, Integer::sum)));
        Map<String, Integer> classes = new HashMap<>();
        return rows.stream()
                .map(row -> labels.apply(row).stream()
                        .min(Comparator.<String>comparingInt(counts::get).thenComparing(Comparator.naturalOrder()))
                        .orElse(""))
                .mapToInt(label -> classes.computeIfAbsent(label, first -> classes.size()))
                .toArray();
    }

    /** A division whose evaluation data is rows. */
    public abstract static class IntoRows<T> extends Division<T, List<T>> {

        /** Creates the rules; the parameters are those of {@link Division}. */
        public IntoRows(HeldOut.Unit unit, int least, String why) {
            super(unit, least, why);
        }

        @Override
        protected List<T> evaluation(Rows<T> rows, Rows<T> train, long seed, Notes notes) throws IOException {
            return List.copyOf(rows.all());
        }
    }

    /** A division of rows by a key, without classes. */
    public static <T> Division<T, List<T>> byKey(HeldOut.Unit unit, String what, Function<T, ?> key) {
        return new IntoRows<>(unit, 1, ", as one") {
            @Override
            protected Object identity(T row) {
                return key.apply(row);
            }

            @Override
            protected void compare(Rows<T> train, Rows<T> dev, Notes notes) {
                noteKnown(train, dev, what, notes);
            }
        };
    }
}
