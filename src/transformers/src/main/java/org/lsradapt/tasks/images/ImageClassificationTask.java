package org.lsradapt.tasks.images;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.classification.HeadTask;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.training.Predictions;

/** Images with one class each, predicted by a head. */
public final class ImageClassificationTask extends HeadTask {
    private final Augmentation augmentation;

    /** Creates a task of the locations of images with classes, and the augmentation in training. */
    public ImageClassificationTask(LabelledData data, Augmentation augmentation) {
        this(data, augmentation, data.train());
    }

    private ImageClassificationTask(LabelledData data, Augmentation augmentation, List<Example> taught) {
        super(data, taught);
        this.augmentation = augmentation;
    }

    @Override
    protected ImageClassificationTask with(LabelledData other) {
        return new ImageClassificationTask(other, augmentation, taught());
    }

    @Override
    public Map<String, Object> settings() {
        return ImagesTasks.settings(augmentation);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(
                adapter, "predict --images picture.jpg", "ImageClassifier", "predict(Path.of(\"picture.jpg\"))");
    }

    @Override
    public int usualLength(FrozenModel base) {
        return base.maxLength();
    }

    @Override
    public SequenceModel train(FrozenModel base, Setup setup) throws IOException {
        return train(
                ImageClassifier.on((BaseModel) base)
                        .augmentation(augmentation.withSeed(setup.config().seed())),
                setup);
    }

    @Override
    protected Predictions shown(Predictions all, List<Example> examples) {
        return all.ofImages(examples.stream().map(Example::first).toList());
    }
}
