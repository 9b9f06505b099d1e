package org.lsradapt.tasks.embeddings;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.retrieval.RetrievalData;

/** Searches the corpus for each query, and measures the results. */
public record RetrievalEvaluation(RetrievalData data) implements EmbeddingEvaluation {

    @Override
    public Stream<?> evaluated() {
        return all(data);
    }

    /** The texts, and the judgements in the order of their ids. */
    public static Stream<?> all(RetrievalData data) {
        Map<String, Map<String, Integer>> grades = new TreeMap<>();
        data.judgements().forEach((query, ofQuery) -> grades.put(query, new TreeMap<>(ofQuery)));
        return Stream.of(data.corpus(), data.queries(), grades.entrySet()).flatMap(Collection::stream);
    }

    @Override
    public String primaryMetric() {
        return RankingMetrics.NAMES.get(0);
    }

    @Override
    public List<String> choosingMetrics() {
        return RankingMetrics.NAMES;
    }

    @Override
    public Map<String, Double> evaluate(TextEncoder encoder) {
        return measure(encoder).metrics();
    }

    @Override
    public Measurement measure(TextEncoder encoder) {
        return RankingMetrics.measured(RankingMetrics.byQuery(
                data, encoder.embedQueries(texts(data.queries())), encoder.embed(texts(data.corpus()))));
    }

    private static List<String> texts(List<IdentifiedText> identified) {
        return identified.stream().map(IdentifiedText::text).toList();
    }
}
