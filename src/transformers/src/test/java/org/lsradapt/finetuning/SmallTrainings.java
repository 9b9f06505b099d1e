package org.lsradapt.finetuning;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.lsradapt.data.TextPair;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.images.CaptionData;
import org.lsradapt.tasks.images.CaptionedImage;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.tasks.images.LabelledImage;
import org.lsradapt.training.settings.TrainingConfig;

/** An adapter folder of each of the four kinds of models, after one epoch. */
public final class SmallTrainings {
    /** What the generator is trained on. */
    public static final List<PromptCompletion> COMPLETIONS =
            Collections.nCopies(8, PromptCompletion.text("the sun is warm and the rain is cold"));

    private SmallTrainings() {}

    public static TrainingConfig.Builder config() {
        return TrainingConfig.builder().epochs(1).batchSize(8).learningRate(1e-3);
    }

    public static void classifier(Path folder) throws Exception {
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .config(config().build())
                .adapters(LsrConfig.defaults())
                .train(Samples.weather(20), Samples.weather(6))) {
            trained.save(folder);
        }
    }

    public static void embedder(Path folder) throws Exception {
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        try (TextEmbedder trained =
                TextEmbedder.on(Samples.model("bert")).config(config().build()).train(pairs, pairs)) {
            trained.save(folder);
        }
    }

    public static void generator(Path folder) throws Exception {
        try (TextGenerator trained = TextGenerator.on(Samples.model("llama"))
                .config(config().build())
                .train(LanguageModelData.of(COMPLETIONS)
                        .dev(COMPLETIONS.subList(0, 1))
                        .read())) {
            trained.save(folder);
        }
    }

    /**
     * Writes the base model and the pictures beside the folder.
     *
     * @return the pictures
     */
    public static List<ImageSource> imageTextEmbedder(Path folder) throws Exception {
        Path clip = SmallImages.clip(folder.resolveSibling("clip"));
        List<LabelledImage> images = SmallImages.write(folder.resolveSibling("pictures"), 10);
        List<CaptionedImage> pairs = images.stream()
                .map(image -> CaptionedImage.of(image.image(), "a field on the " + image.label()))
                .toList();
        try (ImageTextEmbedder trained = ImageTextEmbedder.on(clip.toString())
                .adapters(LsrConfig.defaults())
                .config(config().build())
                .train(CaptionData.of(pairs, pairs))) {
            trained.save(folder);
        }
        return images.stream().map(image -> ImageSource.of(image.image())).toList();
    }
}
