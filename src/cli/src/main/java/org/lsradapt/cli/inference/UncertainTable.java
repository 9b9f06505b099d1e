package org.lsradapt.cli.inference;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.checks.UncertainRows;
import org.lsradapt.data.files.CsvText;
import org.lsradapt.finetuning.Prediction;

/** The rows that are worth labelling next, as a table: those that a model is least certain of. */
final class UncertainTable {
    private final List<Prediction> predictions;
    private final double[] margins;

    /** Takes the predictions of all rows; refuses a model without probabilities of labels of texts. */
    UncertainTable(List<Prediction> predictions) {
        this.predictions = predictions;
        margins = predictions.stream()
                .mapToDouble(one -> one.margin()
                        .orElseThrow(() -> new BadInput("--uncertain: the model has no probabilities of labels of a"
                                + " text, expected a classifier of texts, or of several labels")))
                .toArray();
    }

    /** Prints rows as CSV, least certain first; of equal texts only one. */
    void print(PrintStream out, int count) {
        Set<List<Object>> texts = new HashSet<>();
        boolean pairs = fields(0).containsKey("second_text");
        out.print(CsvText.of(
                pairs
                        ? List.of("row", "text", "second_text", "label", "margin")
                        : List.of("row", "text", "label", "margin"),
                UncertainRows.of(margins, margins.length).stream()
                        .filter(row -> texts.add(texts(row)))
                        .limit(count)
                        .map(this::cells)
                        .toList()));
    }

    private Map<String, Object> fields(int row) {
        return predictions.get(row).fields(false);
    }

    private List<Object> texts(int row) {
        return Arrays.asList(fields(row).get("text"), fields(row).get("second_text"));
    }

    private List<String> cells(int row) {
        Map<String, Object> fields = fields(row);
        List<String> cells = new ArrayList<>(List.of(String.valueOf(row + 1), (String) fields.get("text")));
        if (fields.get("second_text") instanceof String second) {
            cells.add(second);
        }
        cells.add(
                fields.get("labels") instanceof List<?> labels
                        ? String.join(
                                "|", labels.stream().map(Objects::toString).toList())
                        : (String) fields.get("label"));
        cells.add(String.format(Locale.ROOT, "%.4f", margins[row]));
        return cells;
    }
}
