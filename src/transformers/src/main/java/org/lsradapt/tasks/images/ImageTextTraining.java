package org.lsradapt.tasks.images;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.data.TextPair;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.images.Augmentation;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.DualModel;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.embeddings.EmbedderTraining;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.TrainingExample;

/**
 * Configures and runs the training of a model of two towers, by contrast of a batch's images with its texts, with the
 * loss of the model's own training: CLIP by a softmax at its trained temperature (Radford et al., arXiv 2103.00020,
 * section 2.3), SigLIP by a sigmoid of each pair (Zhai et al., arXiv 2303.15343). Equal texts are not negatives of each
 * other, nor are texts of equal images. The texts are captions, or a template with the names of classes. The adapters
 * are on query and value projections of both towers, unless {@link #targets} chooses one tower, as
 * {@code LayerSelector.suffixes(names).under("vision_model")} does. For one thread at a time.
 */
public final class ImageTextTraining extends FineTuning<ImageTextTraining, DualModel> {
    private Augmentation augmentation = Augmentation.NONE;

    ImageTextTraining(BaseHandle.Source<DualModel> source) {
        super(source);
    }

    /** Varies the images in each epoch; {@link Augmentation#NONE} by default. */
    public ImageTextTraining augmentation(Augmentation variation) {
        augmentation = variation;
        return this;
    }

    /** Trains on images with captions, a tenth of which is held out at random; see {@link #train(PairData)} and {@link CaptionData}. */
    public ImageTextEmbedder train(List<CaptionedImage> images) throws IOException {
        return train(CaptionData.of(images));
    }

    /** Trains on images with captions, with evaluation data; see {@link #train(PairData)}. */
    public ImageTextEmbedder train(List<CaptionedImage> images, List<CaptionedImage> dev) throws IOException {
        return train(CaptionData.of(images, dev));
    }

    /**
     * Trains on images with captions, and keeps the parameters with the best mean recall of captions by images and of
     * images by captions.
     *
     * @param captions such as {@link CaptionData} reads: the locations of images as anchors, captions as positives
     * @throws IOException if a file of the base model or an image is missing or malformed
     */
    public ImageTextEmbedder train(PairData captions) throws IOException {
        CaptionRecall recall = new CaptionRecall(captions.evaluation());
        return train(new Images(
                captions.train(),
                OptionalInt.empty(),
                List.of(ImageTextEmbedder.MEAN_RECALL),
                recall::evaluated,
                encoder -> recall.measure(encoder).metrics(),
                new ImageTextDescription(nameOr(ImageData.NAME)),
                augmentation));
    }

    /**
     * Trains on images of classes that are given by texts, and keeps the parameters with the best value of the task's
     * metric.
     *
     * @param data the locations of images, with their classes, such as {@link org.lsradapt.tasks.images.ImageData} reads
     * @param template a text in which {@value TaskDescription#PLACE} stands for the name of a class
     * @throws IllegalArgumentException if a setting does not fit the model or the images
     * @throws IOException if a file of the base model or an image is missing or malformed
     */
    public ImageTextEmbedder train(LabelledData data, String template) throws IOException {
        Task task = data.task();
        Require.argument(
                task.labelType() == Label.Category.class,
                "images and texts: task %s is a regression, expected a classification",
                task.name());
        ImageTextDescription description = new ImageTextDescription(nameOr(task.name()), task.labels(), template);
        List<TextPair> pairs = data.train().stream()
                .map(example -> TextPair.of(
                        example.first(),
                        template.replace(TaskDescription.PLACE, task.labels().get(example.category()))))
                .toList();
        List<Example> measured = data.evaluation();
        return train(new Images(
                pairs,
                OptionalInt.of(pairs.size()),
                task.metricNames(),
                () -> Stream.of(
                                Stream.of(template),
                                task.labels().stream(),
                                measured.stream(),
                                measured.stream().map(example -> ImageInputs.fingerprint(example.first())))
                        .flatMap(part -> part),
                encoder -> task.evaluate(measured, encoder.logits(measured, task.labels(), template)),
                description,
                augmentation));
    }

    /**
     * Images with texts to learn.
     *
     * @param labelled the number of images with labels; empty for captions
     * @param metrics the metrics that choose the best parameters, the primary one first
     * @param evaluated the evaluation data; see {@link Evaluation#evaluated}
     * @param evaluate measures finite values by name, the primary metric first
     */
    private record Images(
            List<TextPair> pairs,
            OptionalInt labelled,
            List<String> metrics,
            Supplier<Stream<?>> evaluated,
            Function<TowerEncoder, Map<String, Double>> evaluate,
            ImageTextDescription task,
            Augmentation augmentation)
            implements Lesson<DualModel, ImageTextEmbedder> {

        @Override
        public TrainingDefaults defaults() {
            return labelled.isPresent() ? TrainingDefaults.CLASS_NAMES : TrainingDefaults.EMBEDDINGS;
        }

        @Override
        public boolean hasHead() {
            return false;
        }

        @Override
        public String describe(int items, DualModel base) {
            return items + (labelled.isPresent() ? " images of classes" : " images with captions");
        }

        @Override
        public int usualLength(DualModel base) {
            return base.maxLength();
        }

        @Override
        public Parts<DualModel, ImageTextEmbedder> on(DualModel base, Setting setting) {
            int length = setting.maxLength();
            List<TrainingExample> items =
                    pairs.stream().map(pair -> encode(base, pair, length)).toList();
            return new Parts<>(
                    new EmbeddingObjective(base.towers(), true, base.contrast(), Backends.standard()),
                    () -> items,
                    Evaluation.of(
                            metrics,
                            evaluated,
                            TowerEncoder.largest(items.get(0).sequences().get(0), length),
                            trained -> evaluate.apply(new TowerEncoder(
                                    base, length, batch -> EmbedderTraining.floats(trained.predict(batch))))),
                    trained -> new ImageTextEmbedder(trained.parts(task, length)));
        }

        private TrainingExample encode(DualModel base, TextPair pair, int length) {
            return TrainingExample.contrast(
                    TowerEncoder.image(base, ImageInputs.source(pair.anchor()), augmentation),
                    TowerEncoder.text(base, pair.positive(), length),
                    List.of());
        }
    }
}
