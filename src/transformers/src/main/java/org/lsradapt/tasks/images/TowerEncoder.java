package org.lsradapt.tasks.images;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.models.DualModel;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.embeddings.Cosine;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

/**
 * Embeds texts and images by a model of two towers, in batches of one kind.
 *
 * @param model the model, whose tokenizer and image processor are used
 * @param maxLength longest text in tokens
 * @param batch computes the embeddings of one batch, of norm 1
 */
record TowerEncoder(DualModel model, int maxLength, Function<List<ModelInput>, float[][]> batch) {
    private static final int BATCH = 32;

    /** A batch of copies of an image, and a batch of texts with the most tokens. */
    static List<ModelInput> largest(ModelInput image, int maxLength) {
        ModelInput text = new TokenSequence(new int[maxLength], new int[maxLength]);
        return Stream.concat(Collections.nCopies(BATCH, image).stream(), Collections.nCopies(BATCH, text).stream())
                .toList();
    }

    static ModelInput text(DualModel model, String text, int maxLength) {
        return model.encode(text, maxLength);
    }

    static ModelInput image(DualModel model, ImageSource source, Augmentation augmentation) {
        return ImageInputs.of(
                source, model.imageProcessor(), model.towers().images().model(), augmentation);
    }

    float[][] texts(List<String> texts) {
        return embed(texts.stream().map(text -> text(model, text, maxLength)).toList());
    }

    float[][] images(List<ImageSource> sources) {
        return embed(sources.stream()
                .map(source -> image(model, source, Augmentation.NONE))
                .toList());
    }

    /**
     * Embeds the texts of classes.
     *
     * @param labels different names, at least two
     * @param templates texts in which {@code {}} stands for a name, at least one
     * @return for each label the mean of its embeddings in all templates, of norm 1
     * @throws IllegalArgumentException if there are fewer labels, equal labels, no template, or a template without a
     *     place
     */
    float[][] classes(List<String> labels, List<String> templates) {
        ZeroShotClassifier.requireClasses(labels, templates);
        float[][] embeddings = new float[labels.size()][];
        for (int i = 0; i < embeddings.length; i++) {
            String label = labels.get(i);
            embeddings[i] = mean(texts(templates.stream()
                    .map(template -> template.replace(TaskDescription.PLACE, label))
                    .toList()));
        }
        return embeddings;
    }

    /** Scores of classes for embeddings of images: a row of scaled cosines for each image, with the model's bias added. */
    double[][] logits(float[][] images, float[][] classes) {
        return Arrays.stream(images)
                .map(image -> Arrays.stream(classes)
                        .mapToDouble(text -> model.scale() * Cosine.of(image, text) + model.bias())
                        .toArray())
                .toArray(double[][]::new);
    }

    double[][] logits(List<Example> examples, List<String> labels, String template) {
        float[][] classes = classes(labels, List.of(template));
        return logits(
                images(examples.stream()
                        .map(example -> ImageInputs.source(example.first()))
                        .toList()),
                classes);
    }

    private float[][] embed(List<ModelInput> inputs) {
        List<float[]> embeddings = new ArrayList<>(inputs.size());
        for (int from = 0; from < inputs.size(); from += BATCH) {
            List<ModelInput> some = inputs.subList(from, Math.min(inputs.size(), from + BATCH));
            inputs.subList(from + some.size(), Math.min(inputs.size(), from + some.size() + BATCH))
                    .forEach(ModelInput::prepare);
            embeddings.addAll(Arrays.asList(batch.apply(some)));
        }
        return embeddings.toArray(float[][]::new);
    }

    private static float[] mean(float[][] embeddings) {
        float[] sum = new float[embeddings[0].length];
        for (float[] one : embeddings) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one[i];
            }
        }
        return normalized(sum);
    }

    /** Returns a new vector of the same direction with norm 1. */
    static float[] normalized(float[] vector) {
        double square = 0;
        for (float number : vector) {
            square += (double) number * number;
        }
        double length = Math.sqrt(square);
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }
}
