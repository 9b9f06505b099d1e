package org.lsradapt.runs;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.AnswerExtractor;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.AnswerScores;
import org.lsradapt.tasks.AnsweredQuestion;
import org.lsradapt.training.AnswerEvaluation;

/** Answers questions with words of passages. */
final class AnswerExperiment extends Experiment<AnswerExtractor> {
    private final AnswerRunData data;
    private final BaseModel base;

    AnswerExperiment(RunSettings settings, AnswerRunData data, BaseModel base) {
        super(settings, base, AnswerExtractor.WINDOW_LENGTH);
        this.data = data;
        this.base = base;
    }

    @Override
    void check() {
        AnswerExtractor.requireEncoder(base);
        AnswerEvaluation.windows(data.questions().train().subList(0, 1), base.tokenizer(), maxLength());
    }

    /** Returns the scores of answering no question, if some questions have no answer. */
    @Override
    List<Baseline> baselines(RunListener listener) {
        List<AnsweredQuestion> questions = data.questions().evaluation();
        AnswerScores none = AnswerScores.of(questions, Collections.nCopies(questions.size(), ""));
        return none.unanswerable().isEmpty() ? List.of() : List.of(Baseline.noAnswer(none.metrics()));
    }

    @Override
    AnswerExtractor train(One one) throws IOException {
        AnswerRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        AnswerExtractor.Training training = set(AnswerExtractor.on(base).name(data.name()), one);
        return (one.method().adapters().isPresent() ? training : training.headOnly()).train(used.questions());
    }

    @Override
    Map<String, Double> metrics(AnswerExtractor model) {
        return model.evaluate(data.questions().evaluation()).metrics();
    }
}
