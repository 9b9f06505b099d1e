package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;

/** Predicts texts token by token. */
final class TextExperiment extends Experiment<TextGenerator> {
    private final TextRunData data;
    private final BaseModel base;

    TextExperiment(RunSettings settings, TextRunData data, BaseModel base) {
        super(settings, base, FineTuning.TEXT_LENGTH);
        this.data = data;
        this.base = base;
    }

    @Override
    void check() throws IOException {
        try (TextGenerator generator = TextGenerator.of(base)) {
            generator.sequences(data.texts().train(), maxLength());
        }
    }

    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        try (TextGenerator generator = TextGenerator.of(base)) {
            return List.of(Baseline.baseMetrics(metrics(generator)));
        }
    }

    @Override
    TextGenerator train(One one) throws IOException {
        TextRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        return set(TextGenerator.on(base).name(data.name()), one).train(used.texts());
    }

    @Override
    Map<String, Double> metrics(TextGenerator model) {
        return Map.of(data.primaryMetric(), model.perplexity(data.texts().evaluation(), maxLength()));
    }
}
