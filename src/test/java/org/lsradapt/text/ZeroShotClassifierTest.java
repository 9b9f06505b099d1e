package org.lsradapt.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.io.SafeTensors;
import org.nd4j.linalg.api.buffer.DataType;

class ZeroShotClassifierTest {
    private static Path golden(String name) {
        try {
            return Path.of(ZeroShotClassifierTest.class.getResource("/golden/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void predict_picturesAndLabels_hasTheProbabilitiesOfTransformers() throws IOException {
        double[][] expected;
        try (SafeTensors tensors = SafeTensors.open(golden("families/clip").resolve("expected.safetensors"))) {
            expected = tensors.read("zero_shot").castTo(DataType.DOUBLE).toDoubleMatrix();
        }
        List<Path> files = List.of(golden("images/rgb.png"), golden("images/tall.jpg"));
        try (ZeroShotClassifier classifier = ZeroShotClassifier.load(golden("families/clip").toString())) {
            ZeroShotClassifier.Classes classes = classifier.classes(List.of("cat", "dog"), "a photo of a {}");
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

    private static double predicted(ZeroShotClassifier.Classes classes, Path file) {
        try {
            return classes.predict(file).probability("cat");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void classes_severalTemplates_areTheMeanOfTheirEmbeddings() throws IOException {
        try (ZeroShotClassifier classifier = ZeroShotClassifier.load(golden("families/clip").toString())) {
            List<String> labels = List.of("cat", "dog");
            Path file = golden("images/rgb.png");
            double one = classifier.classes(labels, "{}").predict(file).probability("cat");
            double twice = classifier.classes(labels, "{}", "{}").predict(file).probability("cat");
            double other = classifier.classes(labels, "{}", "dogs of {}").predict(file).probability("cat");
            assertEquals(one, twice, 1e-6);
            assertTrue(Math.abs(one - other) > 1e-4, one + " and " + other);
        }
    }

    @Test
    void classes_whatDoesNotFit_isRefused() throws IOException {
        try (ZeroShotClassifier classifier = ZeroShotClassifier.load(golden("families/clip").toString())) {
            assertMessage(
                    "the labels are [cat], expected at least two different ones",
                    () -> classifier.classes(List.of("cat"), "{}"));
            assertMessage("the labels are [a, a]", () -> classifier.classes(List.of("a", "a"), "{}"));
            assertMessage(
                    "template \"a photo\" has no {} for the label",
                    () -> classifier.classes(List.of("a", "b"), "a photo"));
            assertMessage("no template", () -> classifier.classes(List.of("a", "b")));
        }
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
