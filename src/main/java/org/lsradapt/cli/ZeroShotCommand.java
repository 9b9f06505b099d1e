package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lsradapt.finetuning.Classification;
import org.lsradapt.finetuning.ZeroShotClassifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zero-shot}. */
@Command(
        name = "zero-shot",
        sortOptions = false,
        description = "Tells which of some labels fits each image best, by a CLIP model as it is, or with"
                + " adapters: label, probability and file.")
final class ZeroShotCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--model", required = true, paramLabel = "FOLDER", description = "A Hugging Face folder of type clip.")
    private String model;

    @Option(names = "--adapter", paramLabel = "FOLDER",
            description = "Adapters of the model's layers, as AdapterFolder saves them without more.")
    private Path adapter;

    @Option(names = "--labels", required = true, split = ",", paramLabel = "LABEL",
            description = "The labels, two at least.")
    private List<String> labels;

    @Option(names = "--template", paramLabel = "TEXT",
            description = "A text around the label, which stands for {}; repeated for more, whose embeddings are averaged."
                    + " Default: a photo of a {}")
    private List<String> templates = List.of("a photo of a {}");

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "JPEG or PNG files.")
    private List<Path> images = List.of();

    ZeroShotCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        try (ZeroShotClassifier classifier = BadInput.in(
                () -> adapter == null ? ZeroShotClassifier.load(model) : ZeroShotClassifier.load(model, adapter))) {
            ZeroShotClassifier.Classes classes =
                    BadInput.in(() -> classifier.classes(labels, templates.toArray(new String[0])));
            List<Classification> found = BadInput.in(() -> classes.predict(images));
            for (int i = 0; i < images.size(); i++) {
                console.out()
                        .println(String.format(
                                Locale.ROOT,
                                "%s\t%.4f\t%s",
                                found.get(i).label(),
                                found.get(i).probability(),
                                images.get(i)));
            }
        }
        return 0;
    }
}
