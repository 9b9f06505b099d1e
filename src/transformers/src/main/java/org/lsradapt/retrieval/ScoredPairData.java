package org.lsradapt.retrieval;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.Folds;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.ListBuilder;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.data.rules.StratifiedSplit;

/**
 * Pairs of texts with similarity scores, for training and evaluating embeddings.
 *
 * <pre>{@code
 * ScoredPairData sts = ScoredPairData.of(Path.of("train.csv")).dev(Path.of("dev.csv"))
 *         .texts("sentence1", "sentence2").score("similarity").read();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the pairs is held out, stratified over the range of the scores. Pairs of the same texts,
 * in either order, stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class ScoredPairData extends Dataset<ScoredPair, List<ScoredPair>, ScoredPairData> {
    /** The least number of pairs for a rank correlation. */
    private static final int FEWEST = 2;

    private static final Division<ScoredPair, List<ScoredPair>> BY_SCORE = new ByScore();

    private ScoredPairData(Split<ScoredPair, List<ScoredPair>> split) {
        super(BY_SCORE, split);
    }

    @Override
    protected ScoredPairData with(Split<ScoredPair, List<ScoredPair>> parts) {
        return new ScoredPairData(parts);
    }

    /** Reads pairs from the rows of a file. */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads scored pairs from the rows of a table, such as the result of a query. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes pairs in memory; the list is copied. */
    public static ListBuilder<ScoredPair, ScoredPairData> of(List<ScoredPair> train) {
        return ListBuilder.of(train, "pair", BY_SCORE, ScoredPairData::new);
    }

    /**
     * Computes the correlations between a model's similarities and the scores of {@link #evaluation()}: Spearman's, in which equal values
     * share the mean of their ranks, and Pearson's. Each is in [-1, 1], and 0 if all values of one side are equal.
     *
     * @param similarities one finite similarity per pair
     * @return the values by the names "spearman" and "pearson"; unmodifiable
     * @throws IllegalArgumentException if the number of similarities differs from the number of pairs, or one is not finite
     */
    public Map<String, Double> evaluate(double[] similarities) {
        double[] scores = evaluation().stream().mapToDouble(ScoredPair::score).toArray();
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : List.of(Metric.SPEARMAN, Metric.PEARSON)) {
            values.put(metric.key(), metric.of(scores, similarities));
        }
        return Collections.unmodifiableMap(values);
    }

    private static final class ByScore extends Division.IntoRows<ScoredPair> {

        ByScore() {
            super(HeldOut.Unit.PAIRS, FEWEST, ", expected at least " + FEWEST + ", as one has no correlation; one");
        }

        @Override
        protected Object identity(ScoredPair pair) {
            return texts(pair);
        }

        @Override
        protected BitSet chooseRows(List<ScoredPair> pairs, StratifiedSplit split) {
            return split.byValue(identities(pairs), scores(pairs));
        }

        @Override
        protected Folds folds(List<ScoredPair> pairs, int count, long seed) {
            return Folds.byValue(identities(pairs), scores(pairs), count, seed);
        }

        private static double[] scores(List<ScoredPair> pairs) {
            return pairs.stream().mapToDouble(ScoredPair::score).toArray();
        }

        @Override
        protected void requireTrainable(Rows<ScoredPair> train) throws IOException {
            requireSimilarities(train);
        }

        @Override
        protected void compare(Rows<ScoredPair> train, Rows<ScoredPair> dev, Notes notes) {
            noteKnown(train, dev, "pairs", notes);
        }

        @Override
        protected List<ScoredPair> evaluation(Rows<ScoredPair> pairs, Rows<ScoredPair> train, long seed, Notes notes)
                throws IOException {
            if (pairs.size() < FEWEST) {
                throw new IOException(pairs.source() + ": there is one pair to evaluate on, expected at least " + FEWEST
                        + ", as one has no correlation");
            }
            return pairs.all();
        }
    }

    /** The texts, regardless of their order. */
    private static Set<String> texts(ScoredPair pair) {
        return pair.first().equals(pair.second()) ? Set.of(pair.first()) : Set.of(pair.first(), pair.second());
    }

    /** Checks that the scores can be learned: they differ, or are already similarities from -1 to 1. */
    private static void requireSimilarities(Rows<ScoredPair> train) throws IOException {
        double first = train.all().get(0).score();
        if (Math.abs(first) > 1 && train.all().stream().allMatch(pair -> pair.score() == first)) {
            throw new IOException(train.source() + ": every pair to train on has the score " + first
                    + ", expected scores that differ, or that are from -1.0 to 1.0");
        }
    }

    /** Reads pairs from files. */
    public static final class FromFile extends DataBuilder<Table, FromFile> {
        private String first = "sentence1";
        private String second = "sentence2";
        private String score = "score";

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets the columns of the texts; "sentence1" and "sentence2" by default. */
        public FromFile texts(String firstColumn, String secondColumn) {
            first = firstColumn;
            second = secondColumn;
            return this;
        }

        /** Sets the column of the score, a finite decimal number; "score" by default. */
        public FromFile score(String column) {
            score = column;
            return this;
        }

        /** Reads the files; see {@link DataBuilder}. Two evaluation pairs are needed, and training scores that differ or are cosines. */
        public ScoredPairData read() throws IOException {
            return make(
                    file -> Rows.of(file, List.of(first, second, score), this::pair),
                    (train, dev) -> new ScoredPairData(divide(BY_SCORE, train, dev, new Notes())));
        }

        private ScoredPair pair(DataRow row) throws IOException {
            double number = row.number(score, row.label(score));
            return new ScoredPair(row.filled(first), row.filled(second), number);
        }
    }
}
