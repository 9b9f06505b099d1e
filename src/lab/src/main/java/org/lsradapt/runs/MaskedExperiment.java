package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.MaskedLanguageModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;

/** Predicts masked words of texts. */
final class MaskedExperiment extends Experiment<MaskedLanguageModel> {
    private final MaskedRunData data;
    private final BaseModel base;

    MaskedExperiment(RunSettings settings, MaskedRunData data, BaseModel base) {
        super(settings, base, FineTuning.SEQUENCE_LENGTH);
        this.data = data;
        this.base = base;
    }

    @Override
    void check() {
        base.maskedHead().on(base.weights());
        base.maskToken();
    }

    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        try (MaskedLanguageModel model = MaskedLanguageModel.of(base)) {
            return List.of(Baseline.baseMetrics(metrics(model)));
        }
    }

    @Override
    MaskedLanguageModel train(One one) throws IOException {
        MaskedRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        return set(MaskedLanguageModel.on(base).name(data.name()).rate(data.rate()), one)
                .train(used.texts());
    }

    @Override
    Map<String, Double> metrics(MaskedLanguageModel model) {
        return model.evaluate(MaskedLanguageModel.plain(data.texts().evaluation()), maxLength(), data.rate());
    }
}
