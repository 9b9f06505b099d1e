package org.lsradapt.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.finetuning.ChosenLabels;
import org.lsradapt.finetuning.Classification;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.tasks.Example;
import picocli.CommandLine.Option;

/** The options for the format of predictions. */
final class PredictionFormat {

    @Option(
            names = "--probabilities",
            description =
                    "Print the probabilities of all classes or labels, the most probable first: label, probability, label, and so"
                            + " on, separated by tabs.")
    private boolean all;

    @Option(
            names = "--json",
            description = "Print a JSON line for each input (always for spans and answers): text, second_text of a"
                    + " pair, or image; label and probability, with --probabilities those of all classes by label;"
                    + " labels and probabilities; or value.")
    private boolean json;

    /** Throws if {@code --probabilities} is given for a regression. */
    void check(boolean regression) {
        if (regression && all) {
            throw new BadInput("--probabilities: the model predicts numbers, expected a classifier");
        }
    }

    /** Throws if {@code --probabilities} is given for words or answers. */
    void checkSpans() {
        if (all) {
            throw new BadInput("--probabilities: the model finds spans, expected a classifier of texts or images");
        }
    }

    /** Returns the line of a classified text or pair. */
    String line(Example example, Classification classes) {
        return json ? json(texts(example), classes) : plain(classes);
    }

    /** Returns the line of a text or pair that may have several labels; empty if it has none. */
    String line(Example example, ChosenLabels labels) {
        List<String> shown = all
                ? labels.labels().stream()
                        .sorted(Comparator.comparing(label -> -labels.probability(label)))
                        .toList()
                : labels.chosen();
        if (!json) {
            return shown.stream()
                    .map(label -> plain(label, labels.probability(label)))
                    .collect(Collectors.joining("\t"));
        }
        Map<String, Object> fields = texts(example);
        fields.put("labels", labels.chosen());
        Map<String, Double> byLabel = new LinkedHashMap<>();
        shown.forEach(label -> byLabel.put(label, labels.probability(label)));
        fields.put("probabilities", byLabel);
        return write(fields);
    }

    /** Formats metrics in one line. */
    static String metrics(Map<String, Double> metrics) {
        return metrics.entrySet().stream()
                .map(metric -> String.format(Locale.ROOT, "%s %.4f", metric.getKey(), metric.getValue()))
                .collect(Collectors.joining("  "));
    }

    /** Returns the line of a text or pair of a regression. */
    String line(Example example, double value) {
        if (!json) {
            return String.format(Locale.ROOT, "%.4f", value);
        }
        Map<String, Object> fields = texts(example);
        fields.put("value", value);
        return write(fields);
    }

    /** Returns the line of a classified image. */
    String line(Path image, Classification classes) {
        if (!json) {
            return plain(classes) + "\t" + image;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("image", image.toString());
        return json(fields, classes);
    }

    private static Map<String, Object> texts(Example example) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", example.first());
        if (example.second() != null) {
            fields.put("second_text", example.second());
        }
        return fields;
    }

    private String json(Map<String, Object> fields, Classification classes) {
        fields.put("label", classes.label());
        fields.put("probability", classes.probability());
        if (all) {
            Map<String, Double> byLabel = new LinkedHashMap<>();
            order(classes)
                    .forEach(i -> byLabel.put(
                            classes.labels().get(i), classes.probabilities().get(i)));
            fields.put("probabilities", byLabel);
        }
        return write(fields);
    }

    private String plain(Classification classes) {
        return (all ? order(classes) : order(classes).subList(0, 1))
                .stream()
                        .map(i -> plain(
                                classes.labels().get(i), classes.probabilities().get(i)))
                        .collect(Collectors.joining("\t"));
    }

    private static String plain(String label, double probability) {
        return String.format(Locale.ROOT, "%s\t%.4f", ControlCharacters.escaped(label), probability);
    }

    /** Returns the classes by falling probability; equal ones keep the model's order. */
    private static List<Integer> order(Classification classes) {
        return IntStream.range(0, classes.labels().size())
                .boxed()
                .sorted(Comparator.comparing(i -> -classes.probabilities().get(i)))
                .toList();
    }

    static String write(Map<String, Object> fields) {
        try {
            return JsonFile.line(fields);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
