package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.tasks.LabelScore;
import org.lsradapt.tasks.LabelScores;

/** Precision, recall, F1 and support of each label. */
public final class LabelTable {

    private LabelTable() {}

    /** Returns the results of the first seed that have such scores. */
    static List<MethodResult> shown(RunRecord run) {
        return run.results().stream()
                .filter(result -> result.labels().isPresent()
                        && result.seed() == run.results().get(0).seed())
                .toList();
    }

    /** Returns the scores of each label and of all labels together, per method. */
    static TextTable of(List<MethodResult> results) {
        TextTable table = new TextTable(2, List.of("method", "label", "precision", "recall", "F1", "support"));
        for (MethodResult result : results) {
            rows(result.labels().orElseThrow()).forEach(row -> {
                List<String> cells = new ArrayList<>(List.of(result.method()));
                cells.addAll(row);
                table.add(cells);
            });
        }
        return table;
    }

    /** Returns the scores of one model as text for a terminal. */
    public static String text(LabelScores scores) {
        TextTable table = new TextTable(1, List.of("label", "precision", "recall", "F1", "support"));
        rows(scores).forEach(table::add);
        return table.toText();
    }

    private static List<List<String>> rows(LabelScores scores) {
        List<LabelScore> all = new ArrayList<>(scores.types());
        all.add(scores.all());
        return all.stream()
                .map(score -> List.of(
                        score.label(),
                        number(score.precision()),
                        score.support() == 0 ? ComparisonTable.NONE : number(score.recall()),
                        score.support() == 0 ? ComparisonTable.NONE : number(score.f1()),
                        ComparisonTable.count(score.support())))
                .toList();
    }

    private static String number(double score) {
        return String.format(Locale.ROOT, "%.4f", score);
    }
}
