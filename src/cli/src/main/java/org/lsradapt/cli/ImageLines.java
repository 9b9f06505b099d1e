package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.Classification;

/** Prints images with their classes. */
final class ImageLines {
    private ImageLines() {}

    @FunctionalInterface
    interface Predictor {
        List<Classification> predict(List<Path> files) throws IOException;
    }

    /** Prints one line per image, with its classes and its file. */
    static void print(Console console, List<Path> images, Predictor predictor, PredictionFormat format)
            throws IOException {
        List<Classification> classes = predictor.predict(images);
        for (int i = 0; i < images.size(); i++) {
            console.out().println(format.line(images.get(i), classes.get(i)));
        }
    }
}
