package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.lsradapt.tasks.internal.DataRow;
import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.Quoted;

/**
 * Pairs of texts with scores of their similarity, to train and to evaluate embeddings on.
 *
 * <pre>{@code
 * ScoredPairData sts = ScoredPairData.pairs(Path.of("train.csv")).dev(Path.of("dev.csv"))
 *         .texts("sentence1", "sentence2").score("similarity").read();
 * }</pre>
 *
 * <p>Without evaluation data a tenth of the pairs is held out, at random, over the range of the scores. Pairs of the
 * same texts, in either order, stay together.
 *
 * <p>Immutable, and safe for use by many threads; its builders are for one thread.
 */
public final class ScoredPairData {

    private final List<ScoredPair> train;
    private final List<ScoredPair> evaluation;
    /** What a rank correlation needs. */
    private static final int FEWEST = 2;

    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    private ScoredPairData(
            List<ScoredPair> train, List<ScoredPair> evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this.train = List.copyOf(train);
        this.evaluation = List.copyOf(evaluation);
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
    }

    /** Pairs that are the rows of a file. */
    public static FromFile pairs(Path train) {
        return new FromFile(train);
    }

    /** Pairs in memory; the list is copied. */
    public static FromList pairs(List<ScoredPair> train) {
        return new FromList(train);
    }

    /** What is learned from, in the order of file or list; at least one. Cannot be modified. */
    public List<ScoredPair> train() {
        return train;
    }

    /** What is measured on; at least one. Cannot be modified. */
    public List<ScoredPair> evaluation() {
        return evaluation;
    }

    /** How much was held out; empty where evaluation data was given. */
    public Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /** What the owner of the data should know, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /**
     * The correlations of a model's similarities and the scores of {@link #evaluation()}: Spearman's, in which equal
     * values share the mean of their ranks, and Pearson's. Each is in [-1, 1], and 0 where all values of one side are
     * equal.
     *
     * @param similarities one for each pair, finite
     * @return the values by the names "spearman" and "pearson"; cannot be modified
     * @throws IllegalArgumentException if there are more or fewer than pairs, or one is not finite
     */
    public Map<String, Double> evaluate(double[] similarities) {
        double[] scores = evaluation.stream().mapToDouble(ScoredPair::score).toArray();
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : List.of(Metric.SPEARMAN, Metric.PEARSON)) {
            values.put(metric.key(), metric.of(scores, similarities));
        }
        return Collections.unmodifiableMap(values);
    }

    private static <X extends Exception> ScoredPairData with(
            List<ScoredPair> train,
            List<ScoredPair> evaluation,
            String source,
            String evaluationSource,
            Function<String, X> failure)
            throws X {
        requireSimilarities(train, source, failure);
        if (evaluation.size() < FEWEST) {
            throw failure.apply(evaluationSource + ": there is one pair to evaluate on, expected at least " + FEWEST
                    + ", as one has no correlation");
        }
        return new ScoredPairData(train, evaluation, Optional.empty(), List.of());
    }

    /** Checks that scores can be learned: they have a range, or are similarities as they are. */
    private static <X extends Exception> void requireSimilarities(
            List<ScoredPair> train, String source, Function<String, X> failure) throws X {
        double first = train.get(0).score();
        if (Math.abs(first) > 1 && train.stream().allMatch(pair -> pair.score() == first)) {
            throw failure.apply(source + ": every pair to train on has the score " + first
                    + ", expected scores that differ, or that are from -1.0 to 1.0");
        }
    }

    private static <X extends Exception> ScoredPairData holdOut(
            HoldingOut<?> settings, List<ScoredPair> pairs, String source, Function<String, X> failure) throws X {
        List<Set<String>> texts = pairs.stream()
                .map(pair ->
                        pair.first().equals(pair.second()) ? Set.of(pair.first()) : Set.of(pair.first(), pair.second()))
                .toList();
        BitSet chosen = HeldOutChoice.byValue(
                texts, pairs.stream().mapToDouble(ScoredPair::score).toArray(), settings.fraction(), settings.seed());
        if (chosen.cardinality() < FEWEST) {
            throw failure.apply(source + ": of " + pairs.size() + (pairs.size() == 1 ? " pair " : " pairs ")
                    + (chosen.isEmpty() ? "none" : "one") + " can be held out to evaluate on, expected at least "
                    + FEWEST
                    + ", as one has no correlation; one pair is to train on, and pairs of equal texts stay together:"
                    + " more pairs are needed, or evaluation data");
        }
        int duplicates = pairs.size() - HeldOutChoice.groups(texts).size();
        HeldOut heldOut =
                new HeldOut(chosen.cardinality(), pairs.size(), HeldOut.Unit.PAIRS, duplicates, settings.seed());
        List<String> notes = new ArrayList<>();
        notes.add(heldOut.describe(source));
        if (duplicates > 0) {
            notes.add(String.format(
                    Locale.ROOT,
                    "pairs of %s that repeat the texts of an earlier one: %,d of %,d; they" + " are on the same side",
                    source,
                    duplicates,
                    pairs.size()));
        }
        List<ScoredPair> train = HeldOutChoice.part(pairs, chosen, false);
        requireSimilarities(train, source, failure);
        return new ScoredPairData(train, HeldOutChoice.part(pairs, chosen, true), Optional.of(heldOut), notes);
    }

    /** Reads pairs from files. */
    public static final class FromFile extends Sources<Path, FromFile> {

        private Optional<DataFormat> format = Optional.empty();
        private String first = "sentence1";
        private String second = "sentence2";
        private String score = "score";

        private FromFile(Path train) {
            super(train, Sources::file);
        }

        @Override
        FromFile self() {
            return this;
        }

        /**
         * The format of the files, where their extensions do not tell it.
         *
         * @return this
         */
        public FromFile format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /**
         * The columns of the texts; "sentence1" and "sentence2" by default.
         *
         * @return this
         */
        public FromFile texts(String firstColumn, String secondColumn) {
            first = firstColumn;
            second = secondColumn;
            return this;
        }

        /**
         * The column of the score, a finite decimal number; "score" by default.
         *
         * @return this
         */
        public FromFile score(String column) {
            score = column;
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if the settings contradict each other or an extension tells no format
         * @throws IOException if a file cannot be read, does not follow its format, or holds something unexpected,
         *     with file, line, what was found and what was expected; or if no two pairs are there to evaluate on, or
         *     all pairs to train on have one score that is not from -1 to 1
         */
        public ScoredPairData read() throws IOException {
            PairColumns.requireDifferent(List.of(first, second, score));
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            List<ScoredPair> pairs = read(train());
            return dev().isPresent()
                    ? with(
                            pairs,
                            read(dev().get()),
                            train().toString(),
                            dev().get().toString(),
                            IOException::new)
                    : holdOut(this, pairs, train().toString(), IOException::new);
        }

        private List<ScoredPair> read(Path file) throws IOException {
            return DataFile.read(
                    file, format.orElseGet(() -> DataFormat.of(file)), List.of(first, second, score), this::pair);
        }

        private ScoredPair pair(DataRow row) throws IOException {
            String value = row.label(score);
            double number = new FiniteNumber().parse(value);
            if (Double.isNaN(number)) {
                throw row.failure(score, "is " + Quoted.value(value) + ", expected a finite decimal number");
            }
            return new ScoredPair(PairColumns.text(row, first), PairColumns.text(row, second), number);
        }
    }

    /** Takes pairs from lists. */
    public static final class FromList extends Sources<List<ScoredPair>, FromList> {

        private FromList(List<ScoredPair> train) {
            super(train, List::copyOf);
        }

        @Override
        FromList self() {
            return this;
        }

        /**
         * Checks the lists.
         *
         * @throws IllegalArgumentException if a list is empty, if evaluation pairs and a fraction to hold out were
         *     given, if no two pairs are there to evaluate on, or if all pairs to train on have one score that is
         *     not from -1 to 1
         */
        public ScoredPairData build() {
            dev().ifPresent(pairs -> requireNoFraction(pairs.size() + " pairs"));
            requireFilled(this, "pair");
            return dev().isPresent()
                    ? with(train(), dev().get(), "train", "dev", IllegalArgumentException::new)
                    : holdOut(this, train(), "train", IllegalArgumentException::new);
        }
    }
}
