package org.lsradapt.runs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.RememberedOutputs;
import org.lsradapt.finetuning.Reranker;
import org.lsradapt.finetuning.RerankerTraining;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.SavedHead;
import org.lsradapt.report.Baseline;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.tasks.Candidates;
import org.lsradapt.tasks.Example;

/** Ranks passages by how well they answer a query. */
final class RankingExperiment extends Experiment<Reranker> {
    private final RankingRunData data;
    private final BaseModel base;
    /** The teacher's outputs for all training pairs; empty until they are needed. */
    private Optional<RememberedOutputs> answers = Optional.empty();

    /** Creates an experiment. If the base model is a trained cross-encoder, there are no steps of the head alone. */
    RankingExperiment(RunSettings settings, RankingRunData data, BaseModel base) {
        super(isCrossEncoder(base) ? settings.withoutHeadSteps() : settings, base, FineTuning.TEXT_LENGTH);
        this.data = data;
        this.base = base;
    }

    private static boolean isCrossEncoder(BaseModel base) {
        return base.head().filter(SavedHead::isOneNumber).isPresent();
    }

    @Override
    boolean takesTeacher() {
        return true;
    }

    @Override
    void check() throws IOException {
        base.tokenizer();
        if (settings().teacher().isPresent()) {
            boolean ranks = settings()
                    .teacher()
                    .get()
                    .answers(pairs().subList(0, 1))
                    .task()
                    .isReranking();
            Require.argument(ranks, "teacher: expected rerankers for task %s", data.name());
        }
        Require.argument(
                settings().training().chunkSize() == 0 || !data.loss().isOfQueries(),
                "--chunk %d: the loss is of a query's passages together, expected a smaller --batch with --accumulate",
                settings().training().chunkSize());
    }

    /** Returns the first stage and, if the base model is a cross-encoder, the base model's own scores. */
    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        Candidates candidates = data.queries().evaluation();
        List<Baseline> baselines = new ArrayList<>();
        baselines.add(Baseline.firstStage(RankingMetrics.of(candidates), candidates.stage()));
        if (isCrossEncoder(base)) {
            listener.said("training begins with the base model's own head, without steps of the head alone");
            listener.said("measuring the base model");
            try (Reranker reranker = Reranker.of(base)) {
                baselines.add(Baseline.baseMetrics(reranker.evaluate(candidates)));
            }
        }
        return baselines;
    }

    @Override
    Reranker train(One one) throws IOException {
        RankingRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        RerankerTraining training = set(Reranker.on(base).name(data.name()).loss(data.loss()), one);
        if (settings().teacher().isPresent()) {
            if (answers.isEmpty()) {
                answers = Optional.of(settings().teacher().get().answers(pairs()));
            }
            training.teacher(answers.get());
        }
        return (one.method().adapters().isPresent() ? training : training.headOnly()).train(used.queries());
    }

    private List<Example> pairs() {
        return data.queries().train().stream()
                .flatMap(query ->
                        query.passages().stream().map(passage -> new Example(query.query(), passage, Double.NaN)))
                .toList();
    }

    @Override
    Map<String, Double> metrics(Reranker model) {
        return model.evaluate(data.queries().evaluation());
    }
}
