package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.checks.UncertainRows;
import org.lsradapt.data.files.CsvText;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.embeddings.TextEmbedder;

/** The rows that are worth labelling next, as a table: those that a model is least certain of, and of these some that differ. */
final class UncertainTable {
    private final List<Prediction> predictions;
    private final double[] margins;

    /**
     * Takes the predictions of all rows.
     *
     * @throws BadInput if the model has no probabilities of labels of texts
     */
    UncertainTable(List<Prediction> predictions) {
        this.predictions = predictions;
        margins = predictions.stream()
                .mapToDouble(one -> one.margin()
                        .orElseThrow(() -> new BadInput("--uncertain: the model has no probabilities of labels of a"
                                + " text, expected a classifier of texts, or of several labels")))
                .toArray();
    }

    /** Prints rows as CSV, in the order in which they were chosen. */
    void print(PrintStream out, FineTunedModel model, int count) throws IOException {
        List<Integer> candidates = UncertainRows.candidates(margins, count);
        List<Integer> chosen = UncertainRows.spread(candidates, vectors(model, candidates), count);
        boolean pairs = fields(0).containsKey("second_text");
        out.print(CsvText.of(
                pairs
                        ? List.of("row", "text", "second_text", "label", "margin")
                        : List.of("row", "text", "label", "margin"),
                chosen.stream().map(this::cells).toList()));
    }

    private Map<String, Object> fields(int row) {
        return predictions.get(row).fields(false);
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

    /** Returns the frozen model's embeddings of rows; of a pair, those of both texts. */
    private float[][] vectors(FineTunedModel model, List<Integer> rows) throws IOException {
        try (TextEmbedder embedder = TextEmbedder.of((BaseModel) model.base())) {
            float[][] first = embedder.embed(texts(rows, "text"));
            if (!fields(rows.get(0)).containsKey("second_text")) {
                return first;
            }
            float[][] second = embedder.embed(texts(rows, "second_text"));
            float[][] both = new float[first.length][];
            for (int i = 0; i < both.length; i++) {
                both[i] = Arrays.copyOf(first[i], first[i].length + second[i].length);
                System.arraycopy(second[i], 0, both[i], first[i].length, second[i].length);
            }
            return both;
        }
    }

    private List<String> texts(List<Integer> rows, String field) {
        return rows.stream().map(row -> (String) fields(row).get(field)).toList();
    }
}
