package org.lsradapt.text;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.TextPair;

/** See {@link EmbeddingEvaluation#pairs}. */
final class PairEvaluation implements EmbeddingEvaluation {
    private static final int CUT = 10;

    private final List<String> passages;
    /** The positives of each distinct anchor. */
    private final Map<String, Set<String>> positives = new LinkedHashMap<>();

    PairEvaluation(List<TextPair> pairs) {
        Require.argument(!pairs.isEmpty(), "evaluation of embeddings: no pairs, expected at least one");
        passages = pairs.stream()
                .flatMap(pair -> Stream.concat(Stream.of(pair.positive()), pair.negatives().stream()))
                .distinct()
                .toList();
        pairs.forEach(pair -> positives
                .computeIfAbsent(pair.anchor(), anchor -> new LinkedHashSet<>())
                .add(pair.positive()));
    }

    @Override
    public String primaryMetric() {
        return "mrr@" + CUT;
    }

    @Override
    public Map<String, Double> evaluate(TextEncoder encoder) {
        float[][] found = encoder.embed(passages);
        List<String> anchors = List.copyOf(positives.keySet());
        float[][] queries = encoder.embedQueries(anchors);
        double reciprocal = 0;
        double first = 0;
        for (int i = 0; i < queries.length; i++) {
            int rank = rank(queries[i], found, positives.get(anchors.get(i)));
            reciprocal += rank <= CUT ? 1.0 / rank : 0;
            first += rank == 1 ? 1 : 0;
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(primaryMetric(), reciprocal / queries.length);
        metrics.put("accuracy@1", first / queries.length);
        return metrics;
    }

    /** The rank of the best of the wanted passages, behind others with an equal cosine. */
    private int rank(float[] query, float[][] found, Set<String> wanted) {
        double[] cosines = new double[found.length];
        double best = Double.NEGATIVE_INFINITY;
        for (int p = 0; p < cosines.length; p++) {
            cosines[p] = Cosine.of(query, found[p]);
            if (wanted.contains(passages.get(p))) {
                best = Math.max(best, cosines[p]);
            }
        }
        int rank = 1;
        for (int p = 0; p < cosines.length; p++) {
            rank += cosines[p] >= best && !wanted.contains(passages.get(p)) ? 1 : 0;
        }
        return rank;
    }
}
