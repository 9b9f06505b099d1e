package org.lsradapt.transformer.parts;

import java.util.Optional;

/** What attention knows of positions, beside what embeddings may say. */
public sealed interface Positions {

    /** Nothing. */
    record None() implements Positions {}

    /**
     * Rotary positions (Su et al., arXiv 2104.09864) in the halves form: at position p, numbers i and i + d/2 of each
     * query and key head turn by the angle p·frequencies[i].
     *
     * @param frequencies angle per position for each i, d/2 of them; kept, not copied
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Rotary(double[] frequencies) implements Positions {}

    /**
     * Disentangled attention (He et al., DeBERTa, arXiv 2006.03654, equation 4; log buckets of DeBERTa-v2): the score
     * of query i and key j is (q_i·k_j + q_i·K_r(δ) + k_j·Q_r(δ))/√(n·d), where δ = i − j, K_r and Q_r are projections
     * of relative embeddings, and n is the number of terms.
     *
     * @param embeddings the relative embeddings, shared by all layers
     * @param keys the projection K_r, for content to position; empty without that term. The layer's own key projection
     *     where they are shared
     * @param queries the projection Q_r, for position to content; empty without that term. The layer's own query
     *     projection where they are shared
     */
    record Disentangled(RelativeEmbeddings embeddings, Optional<Linear> keys, Optional<Linear> queries)
            implements Positions {

        /** How many terms a score has. */
        public int terms() {
            return 1 + (keys.isPresent() ? 1 : 0) + (queries.isPresent() ? 1 : 0);
        }
    }
}
