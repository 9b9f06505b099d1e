package org.lsradapt.finetuning;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.tasks.RetrievalData;
import org.lsradapt.tasks.ScoredPair;

/** A measurement of embeddings, in training or after it. */
public interface EmbeddingEvaluation {

    /** The metric that chooses the best parameters: a key of what {@link #evaluate} gives; larger is better. */
    String primaryMetric();

    /**
     * The metrics that choose, the primary one first: the first in which two evaluations differ decides, and larger is better.
     * By default the primary metric alone.
     */
    default List<String> choosingMetrics() {
        return List.of(primaryMetric());
    }

    /**
     * Measures embeddings.
     *
     * @param encoder makes them
     * @return finite values by name, the primary metric first
     */
    Map<String, Double> evaluate(TextEncoder encoder);

    /** The evaluation data, as in {@link org.lsradapt.training.Evaluation#evaluated}; empty unless overridden. */
    default Stream<?> evaluated() {
        return Stream.empty();
    }

    /**
     * How well queries find what is relevant to them: {@link org.lsradapt.retrieval.RankingMetrics#NAMES}, of which
     * {@code ndcg@10} chooses.
     *
     * @param data what is searched, and with what
     */
    static EmbeddingEvaluation retrieval(RetrievalData data) {
        return new RetrievalEvaluation(data);
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
