package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

class ConfusionPictureTest {

    @TempDir
    Path folder;

    private static RunRecord run(int classes, String... methods) {
        TrainingResult training = new TrainingResult(
                List.of(new EvaluationResult(1, 10, 0.7, 1, Map.of("accuracy", 0.31))), 0, List.of(), 0, false);
        Predictions predictions = new Predictions(
                IntStream.range(0, classes).mapToObj(i -> "class " + i).toList(),
                List.of(0, 1, 1),
                List.of(0, 0, 1),
                List.of(0.5, 0.75, 0.625),
                List.of(),
                List.of());
        List<MethodResult> results = Stream.of(methods)
                .map(method -> new MethodResult(
                        method,
                        7,
                        List.of(),
                        0,
                        770,
                        training,
                        Optional.empty(),
                        Optional.of(predictions),
                        Optional.empty()))
                .toList();
        return new RunRecord("own", "minilm", "Own, MiniLM", "accuracy", List.of(), Map.of(), results);
    }

    private String report(RunRecord run) throws IOException {
        RunFolder.writeReport(folder, run, new Usage("predict", "predict();"));
        return Files.readString(folder.resolve("report.md"));
    }

    @Test
    void writeReport_manyClasses_saysThatThereIsNoPicture() throws IOException {
        String report = report(run(10_000, "lora:2", "lsr"));
        assertTrue(
                report.contains(
                        "There is no picture of that: for 10,000 classes and methods lora:2, lsr it would have more"
                                + " than 20,000,000 pixels."),
                report);
        assertFalse(report.contains("confusion.png"), report);
        assertFalse(Files.exists(folder.resolve("confusion.png")));
    }

    @Test
    void fits_countsAllMethods() {
        assertTrue(ConfusionPicture.fits(run(1000, "lsr").results()));
        assertFalse(ConfusionPicture.fits(run(1000, "lora", "lsr").results()));
        assertTrue(ConfusionPicture.fits(run(600, "frozen", "lora", "lsr").results()));
        assertFalse(ConfusionPicture.fits(
                run(30, IntStream.range(1, 100).mapToObj(i -> "lsr:" + i).toArray(String[]::new))
                        .results()));
        assertFalse(ConfusionPicture.fits(run(200_000, "lsr").results()));
    }

    @Test
    void writeReport_fewClasses_drawsTheMethodsBesideEachOther() throws IOException {
        assertTrue(report(run(2, "lora:2", "lsr")).contains("![Confusion matrix](confusion.png)"));
        BufferedImage picture = ImageIO.read(folder.resolve("confusion.png").toFile());
        BufferedImage one = ImageIO.read(
                new ByteArrayInputStream(ConfusionPicture.png(run(2, "lsr").results())));
        assertEquals(2 * one.getWidth(), picture.getWidth());
        assertEquals(one.getHeight(), picture.getHeight());
        int[] right = picture.getRGB(one.getWidth(), 0, one.getWidth(), one.getHeight(), null, 0, one.getWidth());
        int[] alone = one.getRGB(0, 0, one.getWidth(), one.getHeight(), null, 0, one.getWidth());
        assertArrayEquals(alone, right);
    }

    /** Beyond the names of the classes, of which those with two classes are short. */
    @Test
    void png_saysWhatRowsAndColumnsAre() throws IOException {
        for (int classes : new int[] {2, 30, 100}) {
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(
                    ConfusionPicture.png(run(classes, "lsr").results())));
            int size = classes * Math.min(56, 640 / classes);
            int left = picture.getWidth() - 20 - size;
            int bottom = 44 + size;
            int names = classes <= 30 ? 58 : 2;
            assertTrue(isWritten(picture, 0, 44, left - names, size), classes + " classes: rows");
            assertTrue(
                    isWritten(picture, left, bottom + names, size, picture.getHeight() - bottom - names),
                    classes + " classes: columns");
        }
    }

    private static boolean isWritten(BufferedImage picture, int left, int top, int width, int height) {
        return Arrays.stream(picture.getRGB(left, top, width, height, null, 0, width))
                .anyMatch(rgb -> (rgb & 0xFF) < 0x80);
    }
}
