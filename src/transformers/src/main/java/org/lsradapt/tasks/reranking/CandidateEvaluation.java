package org.lsradapt.tasks.reranking;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.embeddings.RetrievalEvaluation;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.EvaluationBatches;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Measures the order that a reranker gives candidates.
 *
 * @param pairs each query with each of its candidates, query by query
 */
record CandidateEvaluation(Candidates candidates, List<TokenSequence> pairs) {
    static CandidateEvaluation of(Candidates candidates, Tokenizer tokenizer, int maxLength) {
        Map<String, String> texts = new HashMap<>();
        candidates.data().corpus().forEach(text -> texts.put(text.id(), text.text()));
        List<TokenSequence> pairs = new ArrayList<>();
        for (IdentifiedText query : candidates.data().queries()) {
            for (String id : candidates.found().get(query.id())) {
                pairs.add(tokenizer.encode(query.text(), texts.get(id), maxLength));
            }
        }
        return new CandidateEvaluation(candidates, pairs);
    }

    /** The metrics of a scorer that gives each pair one output. */
    Measurement measure(Function<List<TokenSequence>, double[][]> scorer) {
        double[] scores = Reranker.scores(scorer.apply(pairs));
        if (!Arrays.stream(scores).allMatch(Double::isFinite)) {
            // The trainer reports the divergence.
            return Measurement.ofWhole(
                    RankingMetrics.NAMES.stream().collect(Collectors.toMap(name -> name, name -> Double.NaN)));
        }
        List<double[]> byQuery = new ArrayList<>();
        int from = 0;
        for (IdentifiedText query : candidates.data().queries()) {
            int count = candidates.found().get(query.id()).size();
            byQuery.add(Arrays.copyOfRange(scores, from, from + count));
            from += count;
        }
        return RankingMetrics.of(candidates, byQuery);
    }

    Evaluation inTraining() {
        List<Integer> order = IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> pairs.get(i).length()))
                .toList();
        List<List<Integer>> batches =
                EvaluationBatches.of(order, i -> pairs.get(i).length());
        return Evaluation.measuring(
                RankingMetrics.NAMES,
                this::evaluated,
                EvaluationBatches.largest(batches.stream().map(this::pairs).toList()),
                model -> measure(all -> outputs(model, batches)));
    }

    private List<TokenSequence> pairs(List<Integer> batch) {
        return batch.stream().map(pairs::get).toList();
    }

    private double[][] outputs(AdaptedModel model, List<List<Integer>> batches) {
        double[][] outputs = new double[pairs.size()][];
        for (List<Integer> batch : batches) {
            double[][] rows = model.predict(pairs(batch));
            for (int i = 0; i < rows.length; i++) {
                outputs[batch.get(i)] = rows[i];
            }
        }
        return outputs;
    }

    private Stream<?> evaluated() {
        return Stream.concat(RetrievalEvaluation.all(candidates.data()), candidates.found().entrySet().stream());
    }
}
