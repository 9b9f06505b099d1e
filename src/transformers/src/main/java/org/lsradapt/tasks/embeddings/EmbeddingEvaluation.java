package org.lsradapt.tasks.embeddings;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.retrieval.ScoredPair;

/** A measurement of embeddings, in training or after it. */
public interface EmbeddingEvaluation {

    /**
     * The metric that chooses the best parameters: a key of the map that {@link #evaluate} returns; larger is better.
     */
    String primaryMetric();

    /**
     * The metrics that choose the best parameters, the primary one first. The first metric in which two evaluations
     * differ decides; larger is better. By default only the primary metric.
     */
    default List<String> choosingMetrics() {
        return List.of(primaryMetric());
    }

    /** Measures the embeddings that an encoder makes: finite values by name, the primary metric first. */
    Map<String, Double> evaluate(TextEncoder encoder);

    /**
     * Measures embeddings like {@link #evaluate}, with the values by row from which intervals are drawn; by default there
     * are none.
     */
    default Measurement measure(TextEncoder encoder) {
        return Measurement.ofWhole(evaluate(encoder));
    }

    /** The evaluation data, as in {@link org.lsradapt.training.Evaluation#evaluated}; empty unless overridden. */
    default Stream<?> evaluated() {
        return Stream.empty();
    }

    /** Measures how well queries find documents by {@link org.lsradapt.retrieval.RankingMetrics#NAMES}, first {@code ndcg@10}. */
    static EmbeddingEvaluation retrieval(RetrievalData data) {
        return new RetrievalEvaluation(data);
    }

    /** Measures the correlation of cosines with the scores of at least two pairs, copied: {@code spearman} and {@code pearson}. */
    static EmbeddingEvaluation scored(List<ScoredPair> pairs) {
        return new ScoredPairEvaluation(pairs);
    }
}
