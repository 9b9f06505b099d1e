package org.lsradapt.tasks.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.images.Augmentation;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

class ImageClassifierTest {
    @TempDir
    static Path folder;

    private static Path model;
    private static List<LabelledImage> images;

    @BeforeAll
    static void write() throws IOException {
        model = SmallImages.model(folder.resolve("vit"));
        images = SmallImages.write(folder.resolve("pictures"), 24);
    }

    private static ImageClassifier.Training training(int epochs) {
        return training(model, epochs);
    }

    private static ImageClassifier.Training training(Path base, int epochs) {
        return ImageClassifier.on(base.toString())
                .adapters(LsrConfig.defaults())
                .config(TrainingConfig.builder()
                        .epochs(epochs)
                        .batchSize(8)
                        .learningRate(5e-3)
                        .build())
                .listener(TrainingListener.SILENT);
    }

    @Test
    void train_learnsAndComesBackFromItsFolder() throws IOException {
        assertLearns(training(8), folder.resolve("saved"));
    }

    @Test
    void train_ofClassTokenAndMean_learnsAndComesBackFromItsFolder() throws IOException {
        Path dinov2 = SmallImages.dinov2(folder.resolve("dinov2"));
        assertLearns(training(dinov2, 8), folder.resolve("saved-dinov2"));
        try (ImageClassifier classifier = training(dinov2, 2).headOnly().train(images)) {
            assertEquals(2 * 48 + 2, classifier.headParameterCount());
        }
    }

    private static void assertLearns(ImageClassifier.Training training, Path saved) throws IOException {
        Path file = images.get(0).image();
        try (ImageClassifier classifier = training.train(images)) {
            assertTrue(classifier.training().orElseThrow().best().metrics().get("accuracy") >= 0.75);
            classifier.save(saved);
            try (ImageClassifier loaded = ImageClassifier.load(saved)) {
                assertEquals(List.of("left", "right"), loaded.labels());
                assertEquals(classifier.predict(file), loaded.predict(file));
                List<Classification> pictures = loaded.predictPictures(IntStream.range(0, 40)
                        .mapToObj(i -> SmallImages.picture(i % 2 == 0, 7000 + i))
                        .toList());
                long right = IntStream.range(0, 40)
                        .filter(i -> pictures.get(i).label().equals(i % 2 == 0 ? "left" : "right"))
                        .count();
                assertTrue(right > 30, right + " of 40 right");
                assertTrue(IntStream.range(0, 40)
                        .parallel()
                        .allMatch(i ->
                                near(pictures.get(i), loaded.predict(SmallImages.picture(i % 2 == 0, 7000 + i)))));
            }
        }
    }

    @Test
    void train_goneOnWith_refusesPicturesAndProcessorsThatAreOthersByNow() throws IOException {
        Path own = SmallImages.model(folder.resolve("changing"));
        List<LabelledImage> pictures = SmallImages.write(folder.resolve("changing-pictures"), 6);
        Path replaced = pictures.get(0).image();
        byte[] before = Files.readAllBytes(replaced);
        trainWithCheckpoints(own, pictures);
        Files.write(replaced, Files.readAllBytes(pictures.get(2).image()));
        assertRefused(own, pictures);
        Files.write(replaced, before);
        trainWithCheckpoints(own, pictures);
        Path processor = own.resolve("preprocessor_config.json");
        Files.writeString(processor, Files.readString(processor).replace("}}", "}, \"image_mean\": 0.25}"));
        assertRefused(own, pictures);
    }

    private static void assertRefused(Path model, List<LabelledImage> pictures) {
        IOException refusal = assertThrows(IOException.class, () -> trainWithCheckpoints(model, pictures));
        assertTrue(refusal.getMessage().contains("training data"), refusal.getMessage());
    }

    private static void trainWithCheckpoints(Path model, List<LabelledImage> pictures) throws IOException {
        ImageClassifier.on(model.toString())
                .adapters(LsrConfig.defaults())
                .config(TrainingConfig.builder()
                        .epochs(1)
                        .batchSize(4)
                        .learningRate(5e-3)
                        .build())
                .listener(TrainingListener.SILENT)
                .checkpoints(Checkpoints.in(folder.resolve("changing-state")))
                .train(pictures, List.of(pictures.get(1), pictures.get(11)))
                .close();
    }

    private static boolean near(Classification one, Classification other) {
        return Math.abs(one.probabilities().get(0) - other.probabilities().get(0)) < 1e-5;
    }

    @Test
    void train_augmented_isTheSameForASeed() throws IOException {
        double[] losses = new double[4];
        Augmentation[] augmentations = {
            new Augmentation(true, 0.5, 3),
            new Augmentation(true, 0.5, 3),
            new Augmentation(true, 0.5, 4),
            Augmentation.NONE
        };
        for (int i = 0; i < losses.length; i++) {
            try (ImageClassifier classifier =
                    training(2).augmentation(augmentations[i]).train(images)) {
                losses[i] = classifier.training().orElseThrow().last().loss();
            }
        }
        assertEquals(losses[0], losses[1]);
        assertNotEquals(losses[0], losses[2]);
        assertNotEquals(losses[0], losses[3]);
    }

    @Test
    void train_headAlone_hasNoAdaptersAndIsNotAugmented() throws IOException {
        Augmentation flipping = new Augmentation(true, 1, 3);
        try (ImageClassifier classifier = training(2).headOnly().train(images);
                ImageClassifier varied =
                        training(2).headOnly().augmentation(flipping).train(images)) {
            assertEquals(
                    classifier.training().orElseThrow().last().loss(),
                    varied.training().orElseThrow().last().loss());
        }
        try (ImageClassifier classifier =
                training(2).headOnly().balancedClasses().train(images)) {
            assertEquals(0, classifier.adapterParameterCount());
            assertEquals(2 * 24 + 2, classifier.headParameterCount());
        }
    }

    @Test
    void train_damagedPicture_isNamed() throws IOException {
        Path broken = folder.resolve("broken.png");
        Files.write(broken, new byte[200]);
        List<LabelledImage> some = List.of(images.get(0), images.get(30), LabelledImage.of(broken, "left"));
        String message = assertThrows(IOException.class, () -> training(1).train(some, images))
                .getMessage();
        assertEquals(
                "picture " + broken + ": its beginning is of no kind that is known, expected JPEG or PNG", message);
    }

    @Test
    void models_ofTheOtherKind_areRefused() throws IOException {
        String text = assertThrows(
                        IllegalArgumentException.class,
                        () -> TextClassifier.on(model.toString()).train(Samples.weather(20)))
                .getMessage();
        assertEquals("model " + model + " reads images, expected one that reads texts", text);
        try (BaseModel minilm = BaseModel.load("minilm")) {
            String image = assertThrows(
                            IllegalArgumentException.class,
                            () -> ImageClassifier.on(minilm).train(images))
                    .getMessage();
            assertTrue(image.startsWith("model minilm reads texts, expected one that reads images"), image);
        }
    }

    @Test
    void load_wholeModelWithOneOutput_isRefused() throws IOException {
        Path model = SmallImages.model(folder.resolve("regression"));
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(model.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                INDArray array = file.read(name);
                tensors.put(name, name.startsWith("classifier.") ? Views.piece(array, 0, first(array.shape())) : array);
            }
        }
        SafeTensors.write(model.resolve("model.safetensors"), tensors, Map.of());
        String message = assertThrows(IllegalArgumentException.class, () -> FineTunedModel.load(model))
                .getMessage();
        assertEquals(
                "model " + model
                        + ": its head is for a task of texts (regression), expected a classifier of images with one of several"
                        + " classes for each",
                message);
    }

    /** One row in place of all. */
    private static long[] first(long[] shape) {
        long[] one = shape.clone();
        one[0] = 1;
        return one;
    }
}
