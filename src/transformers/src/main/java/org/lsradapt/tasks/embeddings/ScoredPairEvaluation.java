package org.lsradapt.tasks.embeddings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.ScoredPair;

/** See {@link EmbeddingEvaluation#scored}. */
final class ScoredPairEvaluation implements EmbeddingEvaluation {
    private static final String PRIMARY = Metric.SPEARMAN.key();

    private final List<ScoredPair> pairs;

    ScoredPairEvaluation(List<ScoredPair> pairs) {
        Require.argument(
                pairs.size() >= 2, "evaluation of embeddings: %d scored pairs, expected at least 2", pairs.size());
        this.pairs = List.copyOf(pairs);
    }

    @Override
    public Stream<?> evaluated() {
        return pairs.stream();
    }

    @Override
    public String primaryMetric() {
        return PRIMARY;
    }

    @Override
    public List<String> choosingMetrics() {
        return List.of(PRIMARY, "pearson");
    }

    @Override
    public Map<String, Double> evaluate(TextEncoder encoder) {
        return measure(encoder).metrics();
    }

    @Override
    public Measurement measure(TextEncoder encoder) {
        float[][] first = encoder.embed(pairs.stream().map(ScoredPair::first).toList());
        float[][] second = encoder.embed(pairs.stream().map(ScoredPair::second).toList());
        double[] cosines = IntStream.range(0, first.length)
                .mapToDouble(i -> Cosine.of(first[i], second[i]))
                .toArray();
        double[] truth = pairs.stream().mapToDouble(ScoredPair::score).toArray();
        return Measurement.of(pairs.size(), rows -> {
            Map<String, Double> metrics = new LinkedHashMap<>();
            for (Metric metric : List.of(Metric.SPEARMAN, Metric.PEARSON)) {
                metrics.put(metric.key(), metric.of(chosen(truth, rows), chosen(cosines, rows)));
            }
            return metrics;
        });
    }

    private static double[] chosen(double[] values, int[] rows) {
        return IntStream.of(rows).mapToDouble(row -> values[row]).toArray();
    }
}
