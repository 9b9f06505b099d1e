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
 * Which data is trained on, and perhaps what is evaluated on: both files, or both lists. Without the latter, a part of the training data is
 * held out.
 *
 * @param <S> a file, files, or a list
 * @param <B> the builder that has these settings
 */
abstract class DataBuilder<S, B extends DataBuilder<S, B>> {
    private final UnaryOperator<S> kept;
    private final S train;
    private Optional<S> dev = Optional.empty();
    private double fraction = 0.1;
    private boolean fractionAsked;
    private long seed;

    /** Data to train on, of which is kept what a function makes of them. */
    DataBuilder(S train, UnaryOperator<S> kept) {
        this.kept = kept;
        this.train = kept.apply(train);
    }

    /** This builder. */
    @SuppressWarnings("unchecked")
    final B self() {
        return (B) this;
    }

    /**
     * The evaluation data, in the form of the training data: a file of the same columns, or a list, which is copied.
     * Without it, part of the training data is held out.
     */
    public B dev(S data) {
        dev = Optional.of(kept.apply(data));
        return self();
    }

    /**
     * The fraction of the training data to hold out, where no evaluation data is given; 0.1 by default.
     *
     * @param newFraction above 0, below 1
     * @throws IllegalArgumentException if it is not
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

    /** The seed of the choice what to hold out; 0 by default. */
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

    /** Checks that evaluation data and a fraction were not both asked for. */
    void requireNoFraction(String evaluation) {
        if (fractionAsked) {
            throw new IllegalArgumentException("held-out fraction " + fraction + " and evaluation data (" + evaluation
                    + "): expected one or the other");
        }
    }

    /**
     * Rows of which some are held out.
     *
     * @param notes what the owner should know: how many, and how many repeat an earlier one
     */
    record Divided<T>(List<T> train, List<T> evaluation, HeldOut heldOut, List<String> notes) {}

    /**
     * Holds rows out.
     *
     * @param unit what they are
     * @param texts what makes them equal
     * @param chosen which to hold out
     * @param least how many that have to be
     * @param why what has to stay, for the message, such as ", as one"
     * @throws IOException if they are fewer
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

    /** A note if rows repeat the texts of earlier ones. */
    static Optional<String> repetitions(HeldOut.Unit unit, Rows<?> rows, List<?> texts, String consequence) {
        int repeated = rows.size() - StratifiedSplit.groups(texts).size();
        return repeated == 0
                ? Optional.empty()
                : Optional.of(note(
                        "texts of %s that repeat an earlier one: %,d of %,d %s%s",
                        rows.source(), repeated, rows.size(), unit.name().toLowerCase(Locale.ROOT), consequence));
    }

    /**
     * Says how many rows to evaluate on are also trained on, if there are any.
     *
     * @param what the noun of what is compared
     * @param key what makes a row the same as another
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

    /** Says how many there are of something, if there are any. */
    static void addUnlessNone(List<String> notes, long count, String format, Object... values) {
        if (count > 0) {
            notes.add(note(
                    format, Stream.concat(Stream.of(count), Stream.of(values)).toArray()));
        }
    }

    static String note(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Makes data of rows to train on and, where they are given, rows to evaluate on. */
    @FunctionalInterface
    interface Assembly<T, D> {
        D of(DataBuilder<?, ?> settings, Rows<T> train, Optional<Rows<T>> dev) throws IOException;
    }

    /** Reads rows. */
    @FunctionalInterface
    interface Reader<S, T> {
        Rows<T> read(S source) throws IOException;
    }

    /** Reads both parts, and makes data of them. */
    <T, D> D make(Reader<S, T> reader, Assembly<T, D> assembly) throws IOException {
        Rows<T> rows = reader.read(train);
        return assembly.of(this, rows, dev.isPresent() ? Optional.of(reader.read(dev.get())) : Optional.empty());
    }

    /** A file as it is. */
    static Path file(Path file) {
        return Objects.requireNonNull(file, "file");
    }

    /** As {@link #make}, of tables of the same columns. */
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
     * As {@link #make}, of lists in memory, with which a problem is the caller's.
     *
     * @param unit what they are lists of, such as "pair"
     * @throws IllegalArgumentException if one is empty, or for what the assembly says is wrong
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
