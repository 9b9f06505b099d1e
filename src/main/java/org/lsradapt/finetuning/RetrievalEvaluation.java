package org.lsradapt.finetuning;

import java.util.List;
import java.util.Map;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.IdentifiedText;
import org.lsradapt.tasks.RetrievalData;

/** Searches the corpus for each query, and measures what is found. */
record RetrievalEvaluation(RetrievalData data) implements EmbeddingEvaluation {

    @Override
    public String primaryMetric() {
        return RankingMetrics.NAMES.get(0);
    }

    @Override
    public Map<String, Double> evaluate(TextEncoder encoder) {
        return RankingMetrics.of(data, encoder.embedQueries(texts(data.queries())), encoder.embed(texts(data.corpus())));
    }

    private static List<String> texts(List<IdentifiedText> identified) {
        return identified.stream().map(IdentifiedText::text).toList();
    }
}
