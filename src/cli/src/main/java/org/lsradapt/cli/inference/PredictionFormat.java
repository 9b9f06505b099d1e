package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.io.internal.JsonFile;
import picocli.CommandLine.Option;

/** The options for the format of predictions. */
public final class PredictionFormat {

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

    /** Checks that a model has the probabilities that {@code --probabilities} asks for. */
    void check(Predictor predictor) {
        if (all) {
            predictor.requireProbabilities();
        }
    }

    void refuse(String option) {
        BadInput.throwIf(
                all || json,
                option + ": prints a CSV table, found " + (all ? "--probabilities" : "--json") + ", expected none");
    }

    /** Prints one line per prediction. */
    public void print(PrintStream out, List<Prediction> predictions) throws IOException {
        for (Prediction one : predictions) {
            Optional<List<String>> cells = json ? Optional.empty() : one.cells(all);
            out.println(
                    cells.isPresent()
                            ? cells.get().stream()
                                    .map(ControlCharacters::escaped)
                                    .collect(Collectors.joining("\t"))
                            : JsonFile.line(one.fields(all)));
        }
    }

    /** Formats metrics in one line, such as {@code accuracy 0.9000 (0.850–0.940)}, with their 95 % intervals. */
    public static String metrics(Map<String, Double> metrics, Resamples resamples) {
        return metrics.entrySet().stream()
                .map(metric -> String.format(Locale.ROOT, "%s %.4f", metric.getKey(), metric.getValue())
                        + resamples
                                .interval(metric.getKey())
                                .map(interval -> " (" + interval + ")")
                                .orElse(""))
                .collect(Collectors.joining("  "));
    }
}
