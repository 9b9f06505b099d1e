package org.lsradapt.text;

import java.util.List;
import java.util.Map;
import org.lsradapt.tasks.ScoredPair;
import org.lsradapt.tasks.TextPair;

/** What embeddings are measured by, in training or after it. */
public interface EmbeddingEvaluation {

    /** The metric by which the best parameters are chosen: a key of what {@link #evaluate} gives; larger is better. */
    String primaryMetric();

    /**
     * Measures embeddings.
     *
     * @param encoder makes them
     * @return finite values by name, the primary metric first
     */
    Map<String, Double> evaluate(TextEncoder encoder);

    /**
     * How well each pair's anchor, as a query, finds a positive of its own among the positives and negatives of all
     * pairs: {@code mrr@10}, the mean over distinct anchors of 1/rank of the first one found, 0 beyond rank 10; and
     * {@code accuracy@1}, how many are found first. Of texts with equal cosines, those that do not belong to the anchor
     * rank first.
     *
     * @param pairs at least one; copied
     */
    static EmbeddingEvaluation pairs(List<TextPair> pairs) {
        return new PairEvaluation(pairs);
    }

    /**
     * Correlation of the cosines with the scores: {@code spearman} and {@code pearson}.
     *
     * @param pairs at least two; copied
     */
    static EmbeddingEvaluation scored(List<ScoredPair> pairs) {
        return new ScoredPairEvaluation(pairs);
    }
}
