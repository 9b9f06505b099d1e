package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.Classification;

/** Images with their classes, as commands print them. */
final class ImageLines {
    private ImageLines() {}

    /** Tells the classes of files. */
    @FunctionalInterface
    interface Predictor {
        List<Classification> predict(List<Path> files) throws IOException;
    }

    /** Prints the classes and the file of each. */
    static void print(Console console, List<Path> images, Predictor predictor, PredictionFormat format)
            throws IOException {
        List<Classification> classes = predictor.predict(images);
        for (int i = 0; i < images.size(); i++) {
            console.out().println(format.line(images.get(i), classes.get(i)));
        }
    }
}
