package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;

/** Embeds texts. */
final class EmbeddingExperiment extends Experiment<TextEmbedder> {
    private final EmbeddingRunData data;
    private final BaseModel base;

    EmbeddingExperiment(RunSettings settings, EmbeddingRunData data, BaseModel base) throws IOException {
        super(settings, base, base.embeddingSettings().maxLength());
        this.data = data;
        this.base = base;
    }

    private TextEmbedder untrained() throws IOException {
        return TextEmbedder.of(base, base.embeddingSettings().withMaxLength(maxLength()));
    }

    @Override
    boolean takesTeacher() {
        return data instanceof PairRunData;
    }

    @Override
    void check() throws IOException {
        untrained().close();
        if (settings().teacher().isPresent()) {
            settings().teacher().get().embedders().forEach(TextEmbedder::close);
        }
    }

    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        listener.said("measuring the base model");
        try (TextEmbedder embedder = untrained()) {
            return List.of(Baseline.baseMetrics(metrics(embedder)));
        }
    }

    @Override
    TextEmbedder train(One one) throws IOException {
        EmbeddingRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        EmbedderTraining training = set(TextEmbedder.on(base).name(data.name()), one);
        if (settings().teacher().isEmpty()) {
            return used.train(training);
        }
        List<TextEmbedder> teachers = settings().teacher().get().embedders();
        try {
            return used.train(training.teachers(teachers));
        } finally {
            teachers.forEach(TextEmbedder::close);
        }
    }

    @Override
    Map<String, Double> metrics(TextEmbedder model) throws IOException {
        return data.evaluation().evaluate(model);
    }
}
