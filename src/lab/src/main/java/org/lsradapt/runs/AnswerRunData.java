package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.AnswerData;
import org.lsradapt.tasks.AnswerScores;
import org.lsradapt.tasks.AnsweredQuestion;

/** Questions about passages, as the data of a run. */
public record AnswerRunData(String name, AnswerData questions) implements RunData {
    private static final long LIMIT_SEED = 0;

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter, "predict --file questions.tsv", "AnswerExtractor", "answer(\"a question\", \"a passage\")");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new AnswerExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public AnswerRunData holdOut(double fraction, long seed) {
        return new AnswerRunData(name, questions.holdOut(fraction, seed));
    }

    @Override
    public RunData limit(int count) {
        return new AnswerRunData(name, questions.limit(count, LIMIT_SEED));
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation questions, %,d and %,d of which have no answer",
                name,
                questions.train().size(),
                questions.evaluation().size(),
                unanswerable(questions.train()),
                unanswerable(questions.evaluation()));
    }

    private static long unanswerable(List<AnsweredQuestion> questions) {
        return questions.stream().filter(one -> !one.isAnswerable()).count();
    }

    @Override
    public List<String> notes() {
        return questions.notes();
    }

    @Override
    public Optional<Integer> labelledExamples() {
        return Optional.of(questions.train().size());
    }

    @Override
    public boolean hasHead() {
        return true;
    }

    @Override
    public String primaryMetric() {
        return AnswerScores.METRICS.get(0);
    }
}
