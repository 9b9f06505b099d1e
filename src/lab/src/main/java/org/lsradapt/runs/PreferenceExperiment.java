package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.PreferenceLoss;
import org.lsradapt.report.Baseline;

/** Trains a model to prefer the better of two answers. */
final class PreferenceExperiment extends Experiment<TextGenerator> {
    private final PreferenceRunData data;
    private final BaseModel base;

    PreferenceExperiment(RunSettings settings, PreferenceRunData data, BaseModel base) {
        super(settings, base, FineTuning.TEXT_LENGTH);
        this.data = data;
        this.base = base;
    }

    @Override
    void check() throws IOException {
        Require.argument(
                settings().training().chunkSize() == 0,
                "--chunk %d: the loss is of two answers together, expected a smaller --batch with --accumulate",
                settings().training().chunkSize());
        minimized();
        try (TextGenerator generator = TextGenerator.of(base)) {
            generator.answers(data.pairs().train(), maxLength());
            generator.answers(data.pairs().evaluation(), maxLength());
        }
    }

    /** Returns no baselines: in a loss that compares rewards with the base model, the base model's rewards are 0. */
    @Override
    List<Baseline> baselines(RunListener listener) {
        return List.of();
    }

    @Override
    TextGenerator train(One one) throws IOException {
        PreferenceRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        return set(TextGenerator.on(base).name(data.name()).preferenceLoss(data.loss()), one)
                .train(used.pairs());
    }

    @Override
    Map<String, Double> metrics(TextGenerator model) {
        return model.evaluate(data.pairs().evaluation(), minimized());
    }

    private PreferenceLoss minimized() {
        return data.loss().smoothed(settings().training().labelSmoothing());
    }
}
