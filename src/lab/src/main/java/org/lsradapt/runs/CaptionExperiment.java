package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.ImageTextTraining;
import org.lsradapt.images.ImageSource;
import org.lsradapt.models.DualModel;
import org.lsradapt.report.Baseline;

/** Embeds images and their captions in one space. */
final class CaptionExperiment extends Experiment<ImageTextEmbedder> {
    private final CaptionRunData data;
    private final DualModel base;

    CaptionExperiment(RunSettings settings, CaptionRunData data, DualModel base) {
        super(settings, base, base.maxLength());
        this.data = data;
        this.base = base;
    }

    @Override
    void check() throws IOException {
        ImageSource.at(data.captions().train().get(0).anchor()).read();
    }

    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        listener.said("measuring the base model");
        try (ImageTextEmbedder embedder = ImageTextEmbedder.of(base)) {
            return List.of(Baseline.baseMetrics(metrics(embedder)));
        }
    }

    @Override
    ImageTextEmbedder train(One one) throws IOException {
        CaptionRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        ImageTextTraining training = ImageTextEmbedder.on(base)
                .name(data.name())
                .augmentation(data.images().withSeed(one.seed()));
        return set(training, one).train(used.captions());
    }

    @Override
    Map<String, Double> metrics(ImageTextEmbedder model) throws IOException {
        return model.recall(data.captions().evaluation());
    }
}
