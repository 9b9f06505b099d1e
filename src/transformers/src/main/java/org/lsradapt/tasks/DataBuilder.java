package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.tasks.internal.StratifiedSplit;

/**
 * The training data and, optionally, the evaluation data: both files, or both lists. Without evaluation data, a part of the training data
 * is held out.
 *
 * @param <S> a file, several files, or a list
 * @param <B> the concrete builder
 */
abstract class DataBuilder<S, B extends DataBuilder<S, B>> {
    private final UnaryOperator<S> kept;
    private final S train;
    private Optional<S> dev = Optional.empty();
    private double fraction = 0.1;
    private boolean fractionAsked;
    private long seed;

    /** Keeps the result of a function applied to the training data; the function also applies to the evaluation data. */
    DataBuilder(S train, UnaryOperator<S> kept) {
        this.kept = kept;
        this.train = kept.apply(train);
    }

    @SuppressWarnings("unchecked")
    final B self() {
        return (B) this;
    }

    /**
     * Sets the evaluation data, in the form of the training data: a file with the same columns, or a list, which is copied. Without it,
     * part of the training data is held out.
     */
    public B dev(S data) {
        dev = Optional.of(kept.apply(data));
        return self();
    }

    /**
     * Sets the fraction of the training data to hold out if no evaluation data is given; 0.1 by default.
     *
     * @param newFraction above 0, below 1
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public B heldOut(double newFraction) {
        if (!(newFraction > 0 && newFraction < 1)) {
            throw new IllegalArgumentException(
                    "held-out fraction is " + newFraction + ", expected a number above 0 and below 1");
        }
        fraction = newFraction;
        fractionAsked = true;
        return self();
    }

    /** Sets the seed of the choice of the held-out data; 0 by default. */
    public B seed(long newSeed) {
        seed = newSeed;
        return self();
    }

    S train() {
        return train;
    }

    Optional<S> dev() {
        return dev;
    }

    StratifiedSplit split() {
        return new StratifiedSplit(fraction, seed);
    }

    /** Checks that evaluation data and a fraction are not both set. */
    void requireNoFraction(String evaluation) {
        if (fractionAsked) {
            throw new IllegalArgumentException("held-out fraction " + fraction + " and evaluation data (" + evaluation
                    + "): expected one or the other");
        }
    }

    /**
     * Rows, some of which are held out.
     *
     * @param notes sentences for the data's owner: how many rows are held out, and how many repeat an earlier one
     */
    record Divided<T>(List<T> train, List<T> evaluation, HeldOut heldOut, List<String> notes) {}

    /**
     * Holds rows out.
     *
     * @param unit the unit of the rows
     * @param texts the keys by which rows are equal
     * @param chosen the rows to hold out
     * @param least the least number of rows to hold out
     * @param why the rows that have to stay, for the message, such as ", as one"
     * @throws IOException if fewer rows are chosen
     */
    <T> Divided<T> divide(Rows<T> rows, HeldOut.Unit unit, List<?> texts, BitSet chosen, int least, String why)
            throws IOException {
        int found = chosen.cardinality();
        String units = unit.name().toLowerCase(Locale.ROOT);
        if (found < least) {
            throw new IOException(rows.source() + ": of " + rows.size() + " "
                    + (rows.size() == 1 ? units.substring(0, units.length() - 1) : units) + " "
                    + (found == 0 ? "none" : "one") + " can be held out to evaluate on" + why
                    + " is to train on and equal texts stay together; expected more " + units
                    + ", or evaluation data");
        }
        int duplicates = rows.size() - StratifiedSplit.groups(texts).size();
        HeldOut heldOut = new HeldOut(found, rows.size(), unit, duplicates, seed);
        List<String> notes = new ArrayList<>(List.of(heldOut.describe(rows.source())));
        repetitions(unit, rows, texts, "; equal texts are on the same side").ifPresent(notes::add);
        return new Divided<>(
                StratifiedSplit.part(rows.all(), chosen, false),
                StratifiedSplit.part(rows.all(), chosen, true),
                heldOut,
                notes);
    }

    /** Returns a note if rows repeat the texts of earlier ones. */
    static Optional<String> repetitions(HeldOut.Unit unit, Rows<?> rows, List<?> texts, String consequence) {
        int repeated = rows.size() - StratifiedSplit.groups(texts).size();
        return repeated == 0
                ? Optional.empty()
                : Optional.of(note(
                        "texts of %s that repeat an earlier one: %,d of %,d %s%s",
                        rows.source(), repeated, rows.size(), unit.name().toLowerCase(Locale.ROOT), consequence));
    }

    /**
     * Adds a note of how many evaluation rows also occur in the training data, if any do.
     *
     * @param what the noun for the compared values
     * @param key the value by which two rows are the same
     */
    static <T> void addKnown(List<String> notes, String what, Rows<T> train, Rows<T> dev, Function<T, ?> key) {
        Set<Object> trained = train.all().stream().map(key).collect(Collectors.toSet());
        long known = dev.all().stream()
                .filter(row -> trained.contains(key.apply(row)))
                .count();
        addUnlessNone(
                notes,
                known,
                "%2$s of %3$s that are also in %4$s: %1$,d of %5$,d rows",
                what,
                dev.source(),
                train.source(),
                dev.size());
    }

    /** Adds a note with a count unless the count is 0. */
    static void addUnlessNone(List<String> notes, long count, String format, Object... values) {
        if (count > 0) {
            notes.add(note(
                    format, Stream.concat(Stream.of(count), Stream.of(values)).toArray()));
        }
    }

    static String note(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Builds data from training rows and, if given, evaluation rows. */
    @FunctionalInterface
    interface Assembly<T, D> {
        D of(DataBuilder<?, ?> settings, Rows<T> train, Optional<Rows<T>> dev) throws IOException;
    }

    @FunctionalInterface
    interface Reader<S, T> {
        Rows<T> read(S source) throws IOException;
    }

    /** Reads both parts and builds the data. */
    <T, D> D make(Reader<S, T> reader, Assembly<T, D> assembly) throws IOException {
        Rows<T> rows = reader.read(train);
        return assembly.of(this, rows, dev.isPresent() ? Optional.of(reader.read(dev.get())) : Optional.empty());
    }

    static Path file(Path file) {
        return Objects.requireNonNull(file, "file");
    }

    /** Calls {@link #make} with tables that have the same columns. */
    static <T, D> D ofTables(
            DataBuilder<Path, ?> tables,
            Optional<DataFormat> format,
            List<String> needed,
            Rows.Mapper<T> mapper,
            Assembly<T, D> assembly)
            throws IOException {
        tables.dev().ifPresent(file -> tables.requireNoFraction(file.toString()));
        return tables.make(file -> Rows.of(file, format, needed, mapper), assembly);
    }

    /**
     * Calls {@link #make} with lists in memory. An invalid list is the caller's error.
     *
     * @param unit the noun for an element, such as "pair"
     * @throws IllegalArgumentException if a list is empty or the assembly refuses it
     */
    static <T, D> D ofLists(DataBuilder<? extends List<? extends T>, ?> lists, String unit, Assembly<T, D> assembly) {
        lists.dev().ifPresent(rows -> lists.requireNoFraction(rows.size() + " " + unit + "s"));
        if (lists.train().isEmpty() || lists.dev().filter(List::isEmpty).isPresent()) {
            throw new IllegalArgumentException(
                    (lists.train().isEmpty() ? "train" : "dev") + ": the list is empty, expected at least one " + unit);
        }
        try {
            return assembly.of(
                    lists,
                    new Rows<>("train", List.copyOf(lists.train())),
                    lists.dev().map(rows -> new Rows<>("dev", List.copyOf(rows))));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
