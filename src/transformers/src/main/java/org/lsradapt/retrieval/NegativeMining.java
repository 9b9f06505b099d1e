package org.lsradapt.retrieval;

import static org.lsradapt.lsr.internal.Require.argument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * Finds documents that resemble a query and do not answer it: hard negatives, as sentence-transformers'
 * {@code mine_hard_negatives} finds them. A query's candidates are the documents with the largest cosines, without its
 * positives and without documents that are too similar or not similar enough. The negatives come from a band of ranks
 * among the candidates: the first ones of the band, or a random choice. Immutable, and safe for use by many threads.
 */
public final class NegativeMining {
    /** The default number of negatives for each query. */
    public static final int NEGATIVES = 3;

    private static final int SPARE = 10;

    private final int negatives;
    private final int firstRank;
    private final OptionalInt lastRank;
    private final OptionalDouble highestScore;
    private final OptionalDouble lowestScore;
    private final OptionalDouble absoluteMargin;
    private final OptionalDouble relativeMargin;
    private final boolean random;
    private final long seed;

    private NegativeMining(Builder builder) {
        negatives = builder.negatives;
        firstRank = builder.firstRank;
        lastRank = builder.lastRank;
        highestScore = builder.highestScore;
        lowestScore = builder.lowestScore;
        absoluteMargin = builder.absoluteMargin;
        relativeMargin = builder.relativeMargin;
        random = builder.random;
        seed = builder.seed;
    }

    /** Returns a builder; every setting has a default. */
    public static Builder builder() {
        return new Builder();
    }

    /** The number of negatives for each query; a query with fewer candidates gets fewer. */
    public int negatives() {
        return negatives;
    }

    /**
     * The result for a query.
     *
     * @param positives the cosines of its positives, in their order
     * @param negatives documents with their cosines, the most similar first; possibly fewer than requested
     */
    public record Mined(List<Hit> positives, List<Hit> negatives) {}

    /**
     * Finds negatives.
     *
     * @param queries embeddings [m, d] of finite numbers; not modified
     * @param documents embeddings [n, d] of finite numbers; not modified
     * @param positives for each query the rows of the documents that answer it, at least one
     * @param excluded for each query the rows of further documents to exclude, such as copies of positives
     * @return the result for each query, in their order
     * @throws IllegalArgumentException if the embeddings have different lengths or are not finite, or a query has no positive
     */
    public List<Mined> mine(
            float[][] queries, float[][] documents, List<List<Integer>> positives, List<Set<Integer>> excluded) {
        argument(
                queries.length == positives.size() && queries.length == excluded.size(),
                "negative mining: %d queries, the positives of %d and the excluded documents of %d, expected as many",
                queries.length,
                positives.size(),
                excluded.size());
        int most = 0;
        for (int i = 0; i < positives.size(); i++) {
            argument(!positives.get(i).isEmpty(), "negative mining: query %d has no positive, expected one", i);
            most = Math.max(most, (int) positives.get(i).stream().distinct().count());
        }
        int last = lastRank(most);
        int depth = last + most;
        float[][] normalized = normalized("documents", documents);
        float[][] asked = normalized("queries", queries);
        int skipped = excluded.stream().mapToInt(Set::size).max().orElse(0);
        List<List<Hit>> found = ExactSearch.in(normalized).search(asked, depth + skipped);
        Random draw = SplitMix64.random(seed);
        List<Mined> mined = new ArrayList<>();
        for (int i = 0; i < queries.length; i++) {
            float[] query = asked[i];
            List<Hit> own = positives.get(i).stream()
                    .distinct()
                    .map(row -> new Hit(row, dot(query, normalized[row])))
                    .toList();
            Set<Integer> none = excluded.get(i);
            List<Hit> hits = found.get(i).stream()
                    .filter(hit -> !none.contains(hit.document()))
                    .limit(depth)
                    .toList();
            mined.add(new Mined(own, choose(hits, own, last, draw)));
        }
        return mined;
    }

    /** The end of the band: if none is set, far enough to leave room for the negatives. */
    private int lastRank(int mostPositives) {
        boolean skips = highestScore.isPresent() || absoluteMargin.isPresent() || relativeMargin.isPresent();
        return lastRank.orElse(firstRank + negatives * (skips ? SPARE : 1) + mostPositives);
    }

    private List<Hit> choose(List<Hit> found, List<Hit> positives, int last, Random draw) {
        Set<Integer> own = new HashSet<>(positives.stream().map(Hit::document).toList());
        double least = positives.stream().mapToDouble(Hit::score).min().orElseThrow();
        List<Hit> band = found.stream()
                .filter(hit -> !own.contains(hit.document()) && fits(hit.score(), (float) least))
                .limit(last)
                .skip(firstRank)
                .toList();
        if (!random || band.size() <= negatives) {
            return band.subList(0, Math.min(negatives, band.size()));
        }
        List<Integer> places =
                new ArrayList<>(IntStream.range(0, band.size()).boxed().toList());
        Collections.shuffle(places, draw);
        return places.subList(0, negatives).stream()
                .sorted(Comparator.naturalOrder())
                .map(band::get)
                .toList();
    }

    private boolean fits(float score, float positive) {
        return !(absoluteMargin.isPresent() && score + (float) absoluteMargin.getAsDouble() > positive)
                && !(relativeMargin.isPresent()
                        && score > positive - Math.abs(positive) * (float) relativeMargin.getAsDouble())
                && !(highestScore.isPresent() && score > (float) highestScore.getAsDouble())
                && !(lowestScore.isPresent() && score < (float) lowestScore.getAsDouble());
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static float[][] normalized(String name, float[][] rows) {
        argument(rows.length > 0, "negative mining: there are no %s, expected one at least", name);
        ExactSearch.requireRows(name, rows, rows[0].length);
        return Arrays.stream(rows)
                .map(row -> {
                    double squares = 0;
                    for (float x : row) {
                        squares += (double) x * x;
                    }
                    double norm = squares == 0 ? 1 : Math.sqrt(squares);
                    float[] unit = new float[row.length];
                    for (int i = 0; i < unit.length; i++) {
                        unit[i] = (float) (row[i] / norm);
                    }
                    return unit;
                })
                .toArray(float[][]::new);
    }

    /** Settings of {@link NegativeMining}. For one thread. */
    public static final class Builder {
        private int negatives = NEGATIVES;
        private int firstRank;
        private OptionalInt lastRank = OptionalInt.empty();
        private OptionalDouble highestScore = OptionalDouble.empty();
        private OptionalDouble lowestScore = OptionalDouble.empty();
        private OptionalDouble absoluteMargin = OptionalDouble.empty();
        private OptionalDouble relativeMargin = OptionalDouble.empty();
        private boolean random;
        private long seed;

        private Builder() {}

        /** Sets the number of negatives for each query; 3 by default ({@code num_negatives}). */
        public Builder negatives(int count) {
            negatives = count;
            return this;
        }

        /**
         * Sets the first rank of the band, from 0; 0 by default ({@code range_min}). The most similar texts may be
         * answers that were not marked.
         */
        public Builder firstRank(int rank) {
            firstRank = rank;
            return this;
        }

        /**
         * Sets the rank after the last one of the band; by default derived from the number of negatives
         * ({@code range_max}).
         */
        public Builder lastRank(int rank) {
            lastRank = OptionalInt.of(rank);
            return this;
        }

        /** Sets the highest cosine of a negative ({@code max_score}). */
        public Builder highestScore(double cosine) {
            highestScore = OptionalDouble.of(cosine);
            return this;
        }

        /** Sets the lowest cosine of a negative ({@code min_score}). */
        public Builder lowestScore(double cosine) {
            lowestScore = OptionalDouble.of(cosine);
            return this;
        }

        /**
         * Sets the least distance of a negative's cosine below that of the least similar positive
         * ({@code absolute_margin}).
         */
        public Builder absoluteMargin(double margin) {
            absoluteMargin = OptionalDouble.of(margin);
            return this;
        }

        /** Sets the same margin as a share of the positive's cosine, such as 0.05 ({@code relative_margin}). */
        public Builder relativeMargin(double share) {
            relativeMargin = OptionalDouble.of(share);
            return this;
        }

        /** Draws negatives from the band at random, by a seed, instead of the most similar ones ({@code sampling_strategy}). */
        public Builder random(long drawSeed) {
            random = true;
            seed = drawSeed;
            return this;
        }

        /**
         * Builds the settings.
         *
         * @throws IllegalArgumentException if a setting is out of range, or the band has fewer ranks than there are
         *     negatives
         */
        public NegativeMining build() {
            argument(negatives >= 1, "negative mining: %d negatives, expected >= 1", negatives);
            argument(firstRank >= 0, "negative mining: the first rank is %d, expected >= 0", firstRank);
            argument(
                    lastRank.isEmpty() || lastRank.getAsInt() - firstRank >= negatives,
                    "negative mining: %d negatives of the ranks from %d to %d, expected ranks for as many",
                    negatives,
                    firstRank,
                    lastRank.orElse(0));
            for (OptionalDouble number : List.of(highestScore, lowestScore, absoluteMargin, relativeMargin)) {
                argument(
                        number.isEmpty() || Double.isFinite(number.getAsDouble()),
                        "negative mining: a score or margin is %s, expected a number",
                        number.orElse(0));
            }
            return new NegativeMining(this);
        }
    }
}
