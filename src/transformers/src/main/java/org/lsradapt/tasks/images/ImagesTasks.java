package org.lsradapt.tasks.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.images.Augmentation;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.ImageTextDescription;

/** The tasks of images with classes or captions. */
public final class ImagesTasks {
    private static final TaskOption IMAGE =
            TaskOption.value("--image", "COLUMN", "The column of the paths in a table. Default: image.");
    private static final TaskOption CAPTION = TaskOption.value(
            "--caption",
            "COLUMN",
            "The column of captions in a table, for contrastive training of CLIP and SigLIP. Default: caption, if the"
                    + " table has it and no labels.");
    private static final TaskOption TEMPLATE = TaskOption.value(
            "--template",
            "TEXT",
            "A text in which {} stands for the class, such as \"a photo of a {}\", for contrastive training of CLIP"
                    + " and SigLIP. Default: train a classifier.");
    private static final TaskOption FLIP =
            new TaskOption("--flip", TaskOption.Form.FLAG, "", "Flip images horizontally at random in training.");
    private static final TaskOption CROP = TaskOption.value(
            "--crop",
            "AREA",
            "Crop each image at random in training to at least this share of its area; above 0, up to 1. Default: 1,"
                    + " whole images.");

    /** The type of tasks on images, {@code --task images}. */
    public static final TaskType TYPE = TaskType.named(ImageData.NAME)
            .options(
                    TaskOption.DATA.described(
                            "A folder with a subfolder of pictures for each class (or train and val with"
                                    + " such subfolders), MNIST's IDX or CIFAR-10's binary files, or a table of paths and labels,"
                                    + " or for CLIP and SigLIP of paths and captions."),
                    TaskOption.DEV,
                    TaskOption.EXAMPLES,
                    TaskOption.LABEL,
                    IMAGE,
                    CAPTION,
                    TEMPLATE,
                    FLIP,
                    CROP,
                    TaskOption.TEACHER,
                    TaskOption.TEACHER_SHARE,
                    TaskOption.TEMPERATURE)
            .defaults(given -> given.has(TEMPLATE) ? TrainingDefaults.CLASS_NAMES : TrainingDefaults.HEAD)
            .check(ImagesTasks::check)
            .loads(ImageTextDescription.class, ImageTextEmbedder::new)
            .loads(
                    parts -> parts.task() instanceof ClassificationDescription && parts.isOfImages(),
                    parts -> new ImageClassifier(parts, Optional.empty()))
            .reads(ImagesTasks::read);

    private ImagesTasks() {}

    static Map<String, Object> settings(Augmentation augmentation) {
        Map<String, Object> settings = new LinkedHashMap<>();
        if (augmentation.isOn()) {
            settings.put("flip", augmentation.flip());
            settings.put("crop", augmentation.leastArea());
        }
        return settings;
    }

    private static void check(TaskOptions given) {
        given.refuse(given.data().isEmpty(), "no --data", "--data DIR, a folder of pictures or a table of their paths");
        given.refuse(given.devFiles().size() > 1, "several files", "one folder or table");
        given.refuse(
                given.has(CAPTION) && (given.label().isPresent() || given.has(TEMPLATE)),
                "--caption together with --label or --template",
                "captions or classes");
        augmentation(given);
    }

    private static Augmentation augmentation(TaskOptions given) {
        return new Augmentation(given.has(FLIP), given.number(CROP).orElse(1), 0);
    }

    private static TrainingTask<?, ?> read(TaskOptions given) throws IOException {
        Path data = given.data().orElseThrow();
        if (isCaptioned(given, data)) {
            return new CaptionsTask(ImageData.NAME, captions(given, data).read(), augmentation(given));
        }
        ImageData images = ImageData.of(data);
        given.devFiles().forEach(images::dev);
        given.value(IMAGE).ifPresent(images::image);
        given.label().ifPresent(images::label);
        LabelledData read = images.read();
        return given.has(TEMPLATE)
                ? new ZeroShotTask(
                        read, augmentation(given), given.value(TEMPLATE).orElseThrow())
                : new ImageClassificationTask(read, augmentation(given));
    }

    private static boolean isCaptioned(TaskOptions given, Path data) throws IOException {
        if (given.has(CAPTION)) {
            given.refuse(Files.isDirectory(data), "--caption and the folder " + data, "a table of paths and captions");
            return true;
        }
        return given.label().isEmpty()
                && !given.has(TEMPLATE)
                && Files.isRegularFile(data)
                && captions(given, data).hasCaptions("label");
    }

    private static CaptionData captions(TaskOptions given, Path data) {
        CaptionData captions = CaptionData.of(data);
        given.devFiles().forEach(captions::dev);
        given.value(IMAGE).ifPresent(captions::image);
        given.value(CAPTION).ifPresent(captions::caption);
        return captions;
    }
}
