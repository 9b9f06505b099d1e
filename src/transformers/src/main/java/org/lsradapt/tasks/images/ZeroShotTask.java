package org.lsradapt.tasks.images;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.classification.LabelledTask;
import org.lsradapt.training.Predictions;
import org.lsradapt.transformer.weights.BasePrecision;

/** Images compared with texts that name their classes. */
public final class ZeroShotTask extends LabelledTask<ImageTextEmbedder> {
    private final Augmentation augmentation;
    private final String template;

    /** Creates a task of the locations of labelled images, with a text in which {@code {}} stands for the name of a class. */
    public ZeroShotTask(LabelledData images, Augmentation augmentation, String template) {
        super(images, TrainingDefaults.CLASS_NAMES);
        this.augmentation = augmentation;
        this.template = template;
    }

    @Override
    protected ZeroShotTask with(LabelledData other) {
        return new ZeroShotTask(other, augmentation, template);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>(ImagesTasks.settings(augmentation));
        settings.put("template", template);
        return settings;
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter, "zero-shot picture.jpg", "ImageTextEmbedder", "classes().predict(Path.of(\"picture.jpg\"))");
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
            List<ImageSource> images = new ArrayList<>();
            for (Example example : data().evaluation()) {
                images.add(ImageSource.at(example.first()));
            }
            ZeroShotClassifier classifier = embedder.classes(task().labels(), template);
            return List.of(Baseline.baseMetrics(task().evaluate(data().evaluation(), classifier.outputs(images))));
        }
    }

    @Override
    public ImageTextEmbedder train(FrozenModel base, Setup setup) throws IOException {
        return setup.apply(ImageTextEmbedder.on((DualModel) base)
                        .augmentation(augmentation.withSeed(setup.config().seed())))
                .train(data(), template);
    }

    @Override
    public Measured measure(ImageTextEmbedder model, Setup setup) {
        return measured(model.outputs(data().evaluation()));
    }

    @Override
    public Measured measured(ImageTextEmbedder trained) {
        return measured(trained.outputs(data().evaluation()));
    }

    @Override
    protected Predictions shown(Predictions all, List<Example> examples) {
        return all.ofImages(examples.stream().map(Example::first).toList());
    }
}
