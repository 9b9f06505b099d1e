package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TokenClassifier;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.training.WordWindows;

/** Predicts the tags of words. */
final class TokenExperiment extends Experiment<TokenClassifier> {
    private final TokenRunData data;
    private final BaseModel base;

    TokenExperiment(RunSettings settings, TokenRunData data, BaseModel base) {
        super(settings, base, FineTuning.SEQUENCE_LENGTH);
        this.data = data;
        this.base = base;
    }

    @Override
    void check() {
        TokenClassifier.requireTexts(base);
        WordWindows.of(data.words().train().get(0).words(), data.reading(), base.tokenizer(), maxLength());
    }

    @Override
    List<Baseline> baselines(RunListener listener) {
        return List.of(Baseline.lexicon(data.words().lexiconBaseline().metrics()));
    }

    @Override
    TokenClassifier train(One one) throws IOException {
        TokenRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        TokenClassifier.Training training =
                set(TokenClassifier.on(base).name(data.name()).words(data.reading()), one);
        return (one.method().adapters().isPresent() ? training : training.headOnly()).train(used.words());
    }

    @Override
    Map<String, Double> metrics(TokenClassifier model) {
        return model.evaluate(data.words().evaluation()).metrics();
    }

    @Override
    Outcome outcome(TokenClassifier model) {
        EntityScores scores = choosesElsewhere()
                ? model.evaluate(data.words().evaluation())
                : model.evaluated().orElseThrow();
        return new Outcome(
                choosesElsewhere() ? Optional.of(scores.metrics()) : Optional.empty(),
                Optional.empty(),
                Optional.of(scores));
    }
}
