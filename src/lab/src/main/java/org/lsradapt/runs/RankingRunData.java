package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.RankingLoss;
import org.lsradapt.report.Usage;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.RankingData;

/**
 * Queries whose passages are ranked, as the data of a run.
 *
 * @param queries the queries, and the evaluation data
 * @param loss the loss to minimize
 */
public record RankingRunData(String name, RankingData queries, RankingLoss loss) implements RunData {

    @Override
    public RankingRunData holdOut(double fraction, long seed) {
        RankingData divided =
                RankingData.from(queries.train()).heldOut(fraction).seed(seed).build();
        return new RankingRunData(name, divided, loss);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training queries with %,d passages, loss %s; %,d queries with %,d candidates, %s",
                name,
                queries.train().size(),
                queries.train().stream()
                        .mapToInt(query -> query.passages().size())
                        .sum(),
                loss,
                queries.evaluation().data().queries().size(),
                queries.evaluation().size(),
                queries.evaluation().stage());
    }

    @Override
    public List<String> notes() {
        return queries.notes();
    }

    @Override
    public boolean hasHead() {
        return true;
    }

    @Override
    public Optional<Integer> labelledExamples() {
        return Optional.of(RerankerTraining.items(queries.train(), loss));
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("loss", loss.toString());
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter,
                "rerank --passages passages.txt --query 'a question'",
                "Reranker",
                "rank(\"a question\", passages, 10)");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new RankingExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public String primaryMetric() {
        return RankingMetrics.NAMES.get(0);
    }
}
