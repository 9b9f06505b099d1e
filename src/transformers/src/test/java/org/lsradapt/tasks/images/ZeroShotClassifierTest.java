package org.lsradapt.tasks.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.Picture;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.DualModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

class ZeroShotClassifierTest {
    @TempDir
    Path folder;

    private static Path golden(String name) {
        try {
            return Path.of(
                    ZeroShotClassifierTest.class.getResource("/golden/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip", "siglip"})
    void predict_picturesAndLabels_hasTheProbabilitiesOfTransformers(String family) throws IOException {
        double[][] expected;
        try (SafeTensors tensors = SafeTensors.open(golden("families/" + family).resolve("expected.safetensors"))) {
            expected = tensors.read("zero_shot").castTo(DataType.DOUBLE).toDoubleMatrix();
        }
        List<Path> files = List.of(golden("images/rgb.png"), golden("images/tall.jpg"));
        try (ImageTextEmbedder embedder = ImageTextEmbedder.load(golden("families/" + family))) {
            ZeroShotClassifier classes = embedder.classes(List.of("cat", "dog"), "a photo of a {}");
            List<Classification> found = classes.predict(files);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i][0], found.get(i).probability("cat"), 1e-5);
                assertEquals(expected[i][1], found.get(i).probability("dog"), 1e-5);
            }
            List<Double> many = IntStream.range(0, 40)
                    .parallel()
                    .mapToObj(i -> predicted(classes, files.get(i % 2)))
                    .toList();
            for (int i = 0; i < many.size(); i++) {
                assertEquals(found.get(i % 2).probability("cat"), many.get(i), 1e-5);
            }
        }
    }

    private static double predicted(ZeroShotClassifier classes, Path file) {
        try {
            return classes.predict(file).probability("cat");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void load_withAdapters_embedsAsTheModelThatWasTrained() throws IOException {
        String clip = golden("families/clip").toString();
        List<String> all = List.of("a photo of a cat", "dogs", "a dog of a cat");
        try (DualModel model = DualModel.load(clip);
                AdapterSet adapters = AdapterSet.create(
                        model.towers().linearLayers(),
                        LsrConfig.builder().bottleneckRank(2).separationRank(2).build(),
                        Backends.standard())) {
            adapters.values()
                    .assign(RandomArrays.normal(new Random(4), DataType.FLOAT, adapters.parameterCount())
                            .muli(0.4));
            AdapterFolder.save(folder, adapters);
            EmbeddingObjective objective = new EmbeddingObjective(
                    model.towers(), true, EmbeddingLoss.symmetricContrast(0.1), Backends.standard());
            Picture picture = Picture.read(golden("images/rgb.png"));
            ImageSource source = ImageSource.of("rgb", picture);
            List<ModelInput> inputs = new ArrayList<>();
            all.forEach(text -> inputs.add(model.tokenizer().encode(text, null, 20)));
            inputs.add(model.imageProcessor()
                    .input(source, model.towers().images().model().patches().orElseThrow()));
            try (AdaptedModel trained = new AdaptedModel(model.towers(), adapters, objective, Backends.standard());
                    ImageTextEmbedder plain = ImageTextEmbedder.of(model);
                    ImageTextEmbedder adapted = ImageTextEmbedder.load(folder, model)) {
                double[][] expected = trained.predict(inputs);
                List<float[]> found = new ArrayList<>(List.of(adapted.embedTexts(all)));
                found.addAll(List.of(adapted.embedImages(List.of(source))));
                List<float[]> without = new ArrayList<>(List.of(plain.embedTexts(all)));
                without.addAll(List.of(plain.embedImages(List.of(source))));
                for (int i = 0; i < expected.length; i++) {
                    double moved = 0;
                    for (int j = 0; j < expected[i].length; j++) {
                        assertEquals(expected[i][j], found.get(i)[j], 1e-5);
                        moved = Math.max(moved, Math.abs(expected[i][j] - without.get(i)[j]));
                    }
                    assertTrue(moved > 0.01, "input " + i + " moved by " + moved);
                }
            }
        }
    }

    @Test
    void classes_severalTemplates_areTheMeanOfTheirEmbeddings() throws IOException {
        try (ImageTextEmbedder embedder = ImageTextEmbedder.load(golden("families/clip"))) {
            List<String> labels = List.of("cat", "dog");
            Path file = golden("images/rgb.png");
            double one = embedder.classes(labels, "{}").predict(file).probability("cat");
            double twice = embedder.classes(labels, "{}", "{}").predict(file).probability("cat");
            double other =
                    embedder.classes(labels, "{}", "dogs of {}").predict(file).probability("cat");
            assertEquals(one, twice, 1e-6);
            assertTrue(Math.abs(one - other) > 1e-4, one + " and " + other);
        }
    }

    @Test
    void classes_whatDoesNotFit_isRefused() throws IOException {
        try (ImageTextEmbedder embedder = ImageTextEmbedder.load(golden("families/clip"))) {
            assertMessage(
                    "the labels are [cat], expected at least two different ones",
                    () -> embedder.classes(List.of("cat"), "{}"));
            assertMessage("the labels are [a, a]", () -> embedder.classes(List.of("a", "a"), "{}"));
            assertMessage(
                    "template \"a photo\" has no {} for the label",
                    () -> embedder.classes(List.of("a", "b"), "a photo"));
            assertMessage("no template", () -> embedder.classes(List.of("a", "b")));
        }
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
