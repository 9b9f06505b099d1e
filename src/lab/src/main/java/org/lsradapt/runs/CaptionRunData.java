package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.images.Augmentation;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.PairData;

/**
 * Images with captions whose embeddings should be close, as the data of a run.
 *
 * @param captions the paths of images with captions, and the evaluation data
 * @param images the augmentation of images in training
 */
public record CaptionRunData(String name, PairData captions, Augmentation images) implements RunData {

    @Override
    public CaptionRunData holdOut(double fraction, long seed) {
        return new CaptionRunData(name, CaptionData.holdOut(captions.train(), fraction, seed), images);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training pairs of an image and a caption; %,d images and %,d captions to find by each other",
                name,
                captions.train().size(),
                captions.evaluation().queries().size(),
                captions.evaluation().corpus().size());
    }

    @Override
    public List<String> notes() {
        return captions.notes();
    }

    @Override
    public boolean wantsTowers() {
        return true;
    }

    @Override
    public Optional<Augmentation> augmentation() {
        return Optional.of(images);
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
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new CaptionExperiment(settings, this, (DualModel) base);
    }

    @Override
    public String primaryMetric() {
        return ImageTextEmbedder.MEAN_RECALL;
    }
}
