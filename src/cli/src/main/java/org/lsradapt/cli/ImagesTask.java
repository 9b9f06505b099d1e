package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.images.Augmentation;
import org.lsradapt.runs.CaptionRunData;
import org.lsradapt.runs.LabelledRunData;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.ImageData;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The task of images with classes or captions, and the options that only it takes. */
final class ImagesTask implements DataTask {
    @Option(
            names = "--image",
            paramLabel = "COLUMN",
            description = "images: the column of the paths in a table. Default: image.")
    private String image;

    @Option(
            names = "--caption",
            paramLabel = "COLUMN",
            description = "images: the column of captions in a table, for contrastive training of CLIP and SigLIP."
                    + " Default: caption, if the table has it and no labels.")
    private String caption;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "images: a text in which {} stands for the class, such as \"a photo of a {}\", for"
                    + " contrastive training of CLIP and SigLIP. Default: train a classifier.")
    private String template;

    @Option(names = "--flip", description = "images: flip images horizontally at random in training.")
    private boolean flip;

    @Option(
            names = "--crop",
            paramLabel = "AREA",
            showDefaultValue = Visibility.NEVER,
            description = "images: crop each image at random in training to at least this share of its area; above"
                    + " 0, up to 1. Default: 1, whole images.")
    private double crop = 1;

    @Override
    public String name() {
        return ImageData.NAME;
    }

    @Override
    public List<String> options() {
        return List.of(
                "--data",
                "--dev",
                "--examples",
                "--label",
                "--image",
                "--caption",
                "--template",
                "--flip",
                "--crop",
                "--teacher",
                "--teacher-share",
                "--temperature");
    }

    @Override
    public TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return read.filter(CaptionRunData.class::isInstance).isPresent()
                ? TrainingDefaults.EMBEDDINGS
                : template == null ? TrainingDefaults.HEAD : TrainingDefaults.CLASS_NAMES;
    }

    @Override
    public void check(DataOptions given) {
        given.refuse(given.data().isEmpty(), "no --data", "--data DIR, a folder of pictures or a table of their paths");
        given.refuse(given.devFiles().size() > 1, "several files", "one folder or table");
        given.refuse(
                caption != null && (given.label().isPresent() || template != null),
                "--caption together with --label or --template",
                "captions or classes");
    }

    @Override
    public RunData read(DataOptions given) throws IOException {
        Path data = given.data().orElseThrow();
        Augmentation augmentation = new Augmentation(flip, crop, 0);
        if (isCaptioned(given, data)) {
            return new CaptionRunData(name(), captions(given, data).read(), augmentation);
        }
        ImageData images = ImageData.from(data);
        given.dev().ifPresent(images::dev);
        Optional.ofNullable(image).ifPresent(images::image);
        given.label().ifPresent(images::label);
        return new LabelledRunData(images.read(), Optional.of(augmentation), Optional.ofNullable(template));
    }

    private boolean isCaptioned(DataOptions given, Path data) throws IOException {
        if (caption != null) {
            given.refuse(Files.isDirectory(data), "--caption and the folder " + data, "a table of paths and captions");
            return true;
        }
        return given.label().isEmpty()
                && template == null
                && Files.isRegularFile(data)
                && captions(given, data).hasCaptions("label");
    }

    private CaptionData captions(DataOptions given, Path data) {
        CaptionData captions = CaptionData.from(data);
        given.dev().ifPresent(captions::dev);
        Optional.ofNullable(image).ifPresent(captions::image);
        Optional.ofNullable(caption).ifPresent(captions::caption);
        return captions;
    }
}
