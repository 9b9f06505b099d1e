package org.lsradapt.runs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.ZeroShotClassifier;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.DualModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.Example;

/** Compares images with texts that name their classes. */
final class ZeroShotExperiment extends LabelExperiment<ImageTextEmbedder> {
    private final DualModel base;
    private final String template;

    ZeroShotExperiment(RunSettings settings, LabelledRunData data, String template, DualModel base) {
        super(settings, data, base, base.maxLength());
        this.base = base;
        this.template = template;
    }

    @Override
    void check() throws IOException {
        try (ImageTextEmbedder embedder = ImageTextEmbedder.of(base)) {
            embedder.classes(data().task().labels(), template);
        }
        Require.argument(
                !settings().balancedClasses(),
                "class weights: task %s is learned by contrast with texts, expected none",
                data().name());
        ImageSource.at(data().data().train().get(0).first()).read();
    }

    @Override
    List<Baseline> baselines(RunListener listener) throws IOException {
        listener.said("measuring the base model");
        try (ImageTextEmbedder embedder = ImageTextEmbedder.of(base)) {
            List<ImageSource> images = new ArrayList<>();
            for (Example example : data().data().evaluation()) {
                images.add(ImageSource.at(example.first()));
            }
            ZeroShotClassifier classifier = embedder.classes(data().task().labels(), template);
            return List.of(Baseline.baseMetrics(metrics(classifier.outputs(images))));
        }
    }

    @Override
    ImageTextEmbedder train(One one) throws IOException {
        LabelledRunData used = used(one);
        Augmentation augmentation = used.augmentation().orElseThrow().withSeed(one.seed());
        return set(ImageTextEmbedder.on(base).augmentation(augmentation), one)
                .train(used.task(), used.data(), template);
    }

    @Override
    Optional<double[][]> outputs(ImageTextEmbedder model) {
        return Optional.of(model.outputs(data().data().evaluation()));
    }
}
