package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.lsradapt.finetuning.Classification;

/** Images with their classes, as commands print them. */
final class ImageLines {
    private ImageLines() {}

    /** Tells the classes of files. */
    @FunctionalInterface
    interface Predictor {
        List<Classification> predict(List<Path> files) throws IOException;
    }

    /** Prints label, probability and file of each. */
    static void print(Console console, List<Path> images, Predictor predictor) throws IOException {
        List<Classification> classes = BadInput.in(() -> predictor.predict(images));
        for (int i = 0; i < images.size(); i++) {
            console.out()
                    .println(String.format(
                            Locale.ROOT,
                            "%s\t%.4f\t%s",
                            Visible.line(classes.get(i).label()),
                            classes.get(i).probability(),
                            images.get(i)));
        }
    }
}
