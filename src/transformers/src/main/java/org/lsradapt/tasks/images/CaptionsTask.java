package org.lsradapt.tasks.images;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.transformer.weights.BasePrecision;

/** Images and captions, embedded in one space. */
public final class CaptionsTask extends TrainingTask<PairData, ImageTextEmbedder> {
    private final Augmentation augmentation;

    /** Creates a task of the locations of images with captions, with its name in folders and the augmentation in training. */
    public CaptionsTask(String name, PairData data, Augmentation augmentation) {
        super(name, data, TrainingDefaults.EMBEDDINGS);
        this.augmentation = augmentation;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training pairs of an image and a caption; %,d images and %,d captions to find by each other",
                name(),
                data().train().size(),
                data().evaluation().queries().size(),
                data().evaluation().corpus().size());
    }

    @Override
    protected CaptionsTask with(PairData other) {
        return new CaptionsTask(name(), other, augmentation);
    }

    @Override
    public Map<String, Object> settings() {
        return ImagesTasks.settings(augmentation);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter,
                "zero-shot --labels cat,dog picture.jpg",
                "ImageTextEmbedder",
                "classes(List.of(\"cat\", \"dog\")).predict(Path.of(\"picture.jpg\"))");
    }

    @Override
    public String primaryMetric() {
        return ImageTextEmbedder.MEAN_RECALL;
    }

    @Override
    public DualModel load(String model, BasePrecision precision) throws IOException {
        return DualModel.load(model, precision);
    }

    @Override
    public int usualLength(FrozenModel base) {
        return base.maxLength();
    }

    @Override
    public List<Baseline> baselines(FrozenModel base, int length, Consumer<String> said) throws IOException {
        said.accept("measuring the base model");
        try (ImageTextEmbedder embedder = ImageTextEmbedder.of((DualModel) base)) {
            return List.of(Baseline.baseMetrics(embedder.recall(data().evaluation())));
        }
    }

    @Override
    public ImageTextEmbedder train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(ImageTextEmbedder.on((DualModel) base)
                        .name(name())
                        .augmentation(augmentation.withSeed(setup.config().seed())))
                .train(data());
    }

    @Override
    public Measured measure(ImageTextEmbedder model, Setup setup) throws IOException {
        return new Measured(model.measure(data().evaluation()));
    }
}
