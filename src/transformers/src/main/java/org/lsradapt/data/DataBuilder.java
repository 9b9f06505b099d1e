package org.lsradapt.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.lsradapt.data.rules.StratifiedSplit;
import org.lsradapt.lsr.internal.Require;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The training data and, optionally, the evaluation data: both files, or both lists. Without evaluation data, a part of the training data
 * is held out.
 *
 * <p>Reading files throws an {@link IllegalArgumentException} if the settings contradict each other or an extension does not determine a
 * format, and an {@link IOException} if a file cannot be read, does not follow its format or has an unexpected value, or if nothing can be
 * held out; the message names the file, the line, what was found and what was expected.
 *
 * @param <S> a file, several files, or a list
 */
public abstract class DataBuilder<S, B extends DataBuilder<S, B>> {
    private static final Logger LOG = LoggerFactory.getLogger(DataBuilder.class);

    private final UnaryOperator<S> kept;
    private final S train;
    private Optional<S> dev = Optional.empty();
    private double fraction = 0.1;
    private boolean fractionAsked;
    private long seed;
    private final Map<String, List<String>> columns = new LinkedHashMap<>();

    /** Keeps the result of a function applied to the training data; the function also applies to the evaluation data. */
    public DataBuilder(S train, UnaryOperator<S> kept) {
        this.kept = kept;
        this.train = kept.apply(train);
    }

    /** Returns this builder. */
    @SuppressWarnings("unchecked")
    protected final B self() {
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
        requireFraction(newFraction);
        fraction = newFraction;
        fractionAsked = true;
        return self();
    }

    static void requireFraction(double fraction) {
        Require.argument(
                fraction > 0 && fraction < 1,
                "held-out fraction is %s, expected a number above 0 and below 1",
                fraction);
    }

    /** Sets the seed of the choice of the held-out data; 0 by default. */
    public B seed(long newSeed) {
        seed = newSeed;
        return self();
    }

    /** Notes the names of columns, none for the usual one, by the option of the command line that sets them. */
    protected final B columns(String option, String... names) {
        columns.remove(option);
        if (names.length > 0) {
            columns.put(option, List.of(names));
        }
        return self();
    }

    /** Returns the source of the training data. */
    protected S train() {
        return train;
    }

    /** Returns the source of the evaluation data; empty if a part of the training data is held out. */
    protected Optional<S> dev() {
        return dev;
    }

    /** Returns the choice of the held-out data. */
    protected StratifiedSplit split() {
        return new StratifiedSplit(fraction, seed);
    }

    /** Checks that evaluation data and a fraction are not both set. */
    protected void requireNoFraction(String evaluation) {
        Require.argument(
                !fractionAsked,
                "held-out fraction %s and evaluation data (%s): expected one or the other",
                fraction,
                evaluation);
    }

    /** Divides training rows, or keeps both parts if evaluation rows are given. */
    protected <T, E> Split<T, E> divide(Division<T, E> division, Rows<T> train, Optional<Rows<T>> dev, Notes notes)
            throws IOException {
        Split<T, E> parts = dev.isPresent()
                ? division.given(train, dev.get(), seed, notes)
                : division.divide(train, split(), notes);
        return parts.columns(columns);
    }

    /** Builds data from training rows and, if given, evaluation rows. */
    @FunctionalInterface
    public interface Assembly<T, D> {
        D of(Rows<T> train, Optional<Rows<T>> dev) throws IOException;
    }

    /** Reads rows of a source. */
    @FunctionalInterface
    public interface Reader<S, T> {
        Rows<T> read(S source) throws IOException;
    }

    /** Reads both parts and builds the data. */
    protected <T, D> D make(Reader<S, T> reader, Assembly<T, D> assembly) throws IOException {
        dev.ifPresent(given ->
                requireNoFraction(String.valueOf(given instanceof List<?> several ? several.get(0) : given)));
        Rows<T> rows = reader.read(train);
        return told(assembly.of(rows, dev.isPresent() ? Optional.of(reader.read(dev.get())) : Optional.empty()));
    }

    /** Logs the notes of data that was just built. */
    private static <D> D told(D data) {
        if (data instanceof Dataset<?, ?, ?> built) {
            built.notes().forEach(LOG::info);
        }
        return data;
    }

    /** Returns the file, which may not be null. */
    public static Path file(Path file) {
        return Objects.requireNonNull(file, "file");
    }

    /**
     * Builds data from lists in memory. An invalid list is the caller's error.
     *
     * @param unit the noun for an element, such as "pair"
     * @throws IllegalArgumentException if a list is empty or the assembly refuses it
     */
    protected static <T, D> D ofLists(
            DataBuilder<? extends List<? extends T>, ?> lists, String unit, Assembly<T, D> assembly) {
        lists.dev().ifPresent(rows -> lists.requireNoFraction(rows.size() + " " + unit + "s"));
        if (lists.train().isEmpty() || lists.dev().filter(List::isEmpty).isPresent()) {
            throw new IllegalArgumentException(
                    (lists.train().isEmpty() ? "train" : "dev") + ": the list is empty, expected at least one " + unit);
        }
        try {
            return told(assembly.of(
                    new Rows<>("train", List.copyOf(lists.train())),
                    lists.dev().map(rows -> new Rows<>("dev", List.copyOf(rows)))));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
