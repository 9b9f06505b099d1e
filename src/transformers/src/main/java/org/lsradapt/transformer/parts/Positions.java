package org.lsradapt.transformer.parts;

import java.util.Arrays;
import java.util.Optional;

/** The use of positions in attention, in addition to that in embeddings. */
public sealed interface Positions {

    /** Attention does not use positions. */
    record None() implements Positions {}

    /**
     * Rotary positions (Su et al., arXiv 2104.09864) in the halves form: at position p, numbers i and i + n/2 of the
     * first n numbers of each query and key head turn by the angle p·frequencies[i], and are multiplied by a factor.
     * The other numbers do not change.
     *
     * @param frequencies angle per position for each i, n/2 of them; kept, not copied
     * @param factor factor of the rotated numbers; 1 except with some kinds of scaling
     * @param longer other frequencies for long sequences; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Rotary(double[] frequencies, double factor, Optional<Longer> longer) implements Positions {

        /** Checks that there are as many frequencies for long sequences. */
        public Rotary {
            int count = frequencies.length;
            Sizes.require(
                    longer.stream().allMatch(other -> other.frequencies().length == count),
                    "rotary positions have another number of frequencies for long sequences");
        }

        /** Creates rotary positions with the same frequencies for all sequences. */
        public Rotary(double[] frequencies, double factor) {
            this(frequencies, factor, Optional.empty());
        }

        /** Creates rotary positions with a factor of 1 and the same frequencies for all sequences. */
        public Rotary(double[] frequencies) {
            this(frequencies, 1);
        }

        /** Whether a sequence of the given length in tokens is a long one. */
        public boolean isLong(int tokens) {
            return longer.stream().anyMatch(other -> tokens > other.beyond());
        }

        @Override
        public String toString() {
            return "Rotary[frequencies=" + Arrays.toString(frequencies) + ", factor=" + factor + ", longer=" + longer
                    + "]";
        }
    }

    /**
     * The frequencies for long sequences.
     *
     * @param beyond length in tokens of the longest sequence that is not long
     * @param frequencies angle per position; kept, not copied
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Longer(int beyond, double[] frequencies) {
        @Override
        public String toString() {
            return "Longer[beyond=" + beyond + ", frequencies=" + Arrays.toString(frequencies) + "]";
        }
    }

    /**
     * A learned number for each query head and bucket of distances, added to the scaled scores (Raffel et al., T5,
     * arXiv 1910.10683; MPNet). All layers share one table, which is not adapted.
     *
     * @param table a row per bucket with a number per query head; rows beyond the buckets are not read
     * @param buckets number of buckets, half of them for keys after the query: in each half, half of the buckets hold
     *     one distance each, and the others grow with the logarithm of the distance
     * @param furthest the distance from which on all distances are in the last bucket
     */
    record Bucketed(Table table, int buckets, int furthest) implements Positions {

        /** Checks that the table has the buckets. */
        public Bucketed {
            Sizes.require(
                    buckets >= 4 && buckets % 4 == 0 && furthest > buckets / 4,
                    buckets + " buckets of distances up to " + furthest
                            + ", expected a multiple of 4, and a distance beyond"
                            + " those that have buckets of their own");
            Sizes.require(
                    table.rows() >= buckets,
                    table.name() + " has " + table.rows() + " rows, expected one for each of " + buckets + " buckets");
        }

        /** Returns the row for the query's position minus the key's; the logarithms are in single precision, as in transformers. */
        public int row(int distance) {
            int half = buckets / 2;
            int exact = half / 2;
            int away = Math.abs(distance);
            int from = distance < 0 ? half : 0;
            if (away < exact) {
                return from + away;
            }
            float ratio = (float) Math.log(away / (float) exact);
            float whole = (float) Math.log(furthest / (double) exact);
            return from + Math.min(half - 1, exact + (int) (ratio / whole * (half - exact)));
        }
    }

    /**
     * Disentangled attention (He et al., DeBERTa, arXiv 2006.03654, equation 4; log buckets of DeBERTa-v2): the score
     * of query i and key j is (q_i·k_j + q_i·K_r(δ) + k_j·Q_r(δ))/√(n·d), where δ = i − j, K_r and Q_r are projections
     * of relative embeddings, and n is the number of terms.
     *
     * @param embeddings the relative embeddings, shared by all layers
     * @param keys the projection K_r, for content to position; empty without that term. It is the layer's own key
     *     projection if they are shared
     * @param queries the projection Q_r, for position to content; empty without that term. It is the layer's own query
     *     projection if they are shared
     */
    record Disentangled(RelativeEmbeddings embeddings, Optional<Linear> keys, Optional<Linear> queries)
            implements Positions {

        /** The number of terms in a score. */
        public int terms() {
            return 1 + (keys.isPresent() ? 1 : 0) + (queries.isPresent() ? 1 : 0);
        }
    }
}
