package org.lsradapt.data.checks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Cell;
import org.lsradapt.data.RowLabels.Form;

/**
 * The facts about rows that no model is needed for. Rows are numbered from 1. Immutable.
 *
 * @param rows the number of rows
 * @param evaluationRows the number of rows of the given evaluation data; 0 without it
 * @param labels for each label the number of rows, or of words, that have it
 * @param repeated groups of rows with equal texts and equal labels
 * @param contradicting groups of rows with equal texts and different labels
 * @param known the rows of the given evaluation data whose texts are also in the training data
 */
public record DataFacts(
        int rows,
        int evaluationRows,
        Map<String, Integer> labels,
        List<List<Integer>> repeated,
        List<List<Integer>> contradicting,
        List<Integer> known) {

    /** Collects the facts of the training rows, and of the evaluation rows if they were given and not held out. */
    public static DataFacts of(RowLabels<?> train, Optional<? extends RowLabels<?>> evaluation) {
        List<List<Cell>> rows = train.all();
        Map<List<?>, List<Integer>> groups = new LinkedHashMap<>();
        for (int row = 0; row < rows.size(); row++) {
            groups.computeIfAbsent(texts(rows.get(row)), text -> new ArrayList<>())
                    .add(row + 1);
        }
        List<List<Integer>> repeated = new ArrayList<>();
        List<List<Integer>> contradicting = new ArrayList<>();
        groups.values().stream().filter(group -> group.size() > 1).forEach(group -> {
            Set<List<?>> labels = new HashSet<>();
            group.forEach(row ->
                    labels.add(rows.get(row - 1).stream().map(Cell::labels).toList()));
            (labels.size() == 1 || train.form() == Form.NUMBERS ? repeated : contradicting).add(List.copyOf(group));
        });
        List<List<Cell>> dev = evaluation.map(RowLabels::all).orElse(List.of());
        return new DataFacts(
                rows.size(), dev.size(), counts(train, rows), repeated, contradicting, known(groups.keySet(), dev));
    }

    private static List<?> texts(List<Cell> row) {
        return row.stream().map(cell -> List.of(cell.text(), cell.secondText())).toList();
    }

    private static Map<String, Integer> counts(RowLabels<?> labels, List<List<Cell>> rows) {
        Map<Integer, Integer> counts = new HashMap<>();
        rows.forEach(row -> row.forEach(cell -> cell.labels().forEach(label -> counts.merge(label, 1, Integer::sum))));
        Map<String, Integer> named = new LinkedHashMap<>();
        for (int label = 0; label < labels.labels().size(); label++) {
            named.put(labels.labels().get(label), counts.getOrDefault(label, 0));
        }
        return named;
    }

    private static List<Integer> known(Set<List<?>> trained, List<List<Cell>> dev) {
        List<Integer> known = new ArrayList<>();
        for (int row = 0; row < dev.size(); row++) {
            if (trained.contains(texts(dev.get(row)))) {
                known.add(row + 1);
            }
        }
        return known;
    }

    /** Returns the labels that fewer rows have than a number, with their counts. */
    public Map<String, Integer> scarce(int least) {
        Map<String, Integer> scarce = new LinkedHashMap<>(labels);
        scarce.values().removeIf(count -> count >= least);
        return scarce;
    }
}
