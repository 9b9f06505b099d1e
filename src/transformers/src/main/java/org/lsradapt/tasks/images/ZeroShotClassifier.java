package org.lsradapt.tasks.images;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.description.TaskDescription;

/**
 * Tells which of several descriptions fits an image, by the cosines of their embeddings, as CLIP does (Radford et al.,
 * arXiv 2103.00020, section 3.1); {@link ImageTextEmbedder#classes(List, String...)} makes one.
 *
 * <p>Safe for use by many threads, while the embedder is open.
 */
public final class ZeroShotClassifier {
    private final ImageTextEmbedder embedder;
    private final List<String> labels;
    private final float[][] classes;

    ZeroShotClassifier(ImageTextEmbedder embedder, List<String> labels, float[][] classes) {
        this.embedder = embedder;
        this.labels = List.copyOf(labels);
        this.classes = classes;
    }

    /** The names of the classes. */
    public List<String> labels() {
        return labels;
    }

    /** Checks that there are at least two different labels, and a place for the label in each template. */
    public static void requireClasses(List<String> labels, List<String> templates) {
        Require.argument(
                labels.size() >= 2 && labels.stream().distinct().count() == labels.size(),
                "zero-shot: the labels are %s, expected at least two different ones",
                labels);
        Require.argument(!templates.isEmpty(), "zero-shot: no template, expected such as \"a photo of a {}\"");
        for (String template : templates) {
            Require.argument(
                    template.contains(TaskDescription.PLACE),
                    "zero-shot: template \"%s\" has no %s for the label",
                    template,
                    TaskDescription.PLACE);
        }
    }

    /**
     * The class of an image.
     *
     * @param file a JPEG or PNG file
     * @throws IOException if the file cannot be read; the message names it
     */
    public Classification predict(Path file) throws IOException {
        return predict(List.of(file)).get(0);
    }

    /**
     * The classes of images, computed in batches.
     *
     * @param files JPEG or PNG files, any number
     * @return a classification per file, in their order; probabilities are the softmax of the scaled cosines
     * @throws IOException if an image cannot be read; the message names it
     */
    public List<Classification> predict(List<Path> files) throws IOException {
        return Arrays.stream(outputs(files.stream().map(ImageSource::of).toList()))
                .map(logits -> Classification.of(logits, labels))
                .toList();
    }

    /**
     * The scaled cosines of images and classes, computed in batches.
     *
     * @param images any number
     * @return a row per image, in their order, with a number per label
     * @throws IOException if an image cannot be read; the message names it
     */
    public double[][] outputs(List<ImageSource> images) throws IOException {
        return embedder.logits(images, classes);
    }
}
