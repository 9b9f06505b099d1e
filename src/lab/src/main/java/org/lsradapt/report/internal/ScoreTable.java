package org.lsradapt.report.internal;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** Precision, recall, F1 and support of each class or label. */
public final class ScoreTable {

    private ScoreTable() {}

    /** Returns the results of the first seed that have scores by label. */
    static List<MethodResult> shown(RunRecord run) {
        return run.results().stream()
                .filter(result -> result.labels().isPresent()
                        && result.seed() == run.results().get(0).seed())
                .toList();
    }

    static TextTable of(List<MethodResult> results) {
        TextTable table = empty(2, "method", "label");
        results.forEach(result ->
                rows(result.labels().orElseThrow()).forEach(row -> table.add(joined(Stream.of(result.method()), row))));
        return table;
    }

    public static String text(LabelScores scores) {
        TextTable table = empty(1, "label");
        rows(scores).forEach(table::add);
        return table.toText();
    }

    static TextTable byClass(List<MethodResult> classifiers) {
        TextTable table = empty(2, "method", "class");
        for (MethodResult classifier : classifiers) {
            classifier.predictions().map(Predictions::byClass).orElseThrow().stream()
                    .filter(score -> score.support() > 0 || !Double.isNaN(score.precision()))
                    .map(score -> row(score.label(), score.precision(), score.recall(), score.f1(), score.support()))
                    .forEach(row -> table.add(joined(Stream.of(classifier.method()), row)));
        }
        return table;
    }

    private static TextTable empty(int names, String... header) {
        return new TextTable(names, joined(Stream.of(header), List.of("precision", "recall", "F1", "support")));
    }

    private static List<String> joined(Stream<String> first, List<String> others) {
        return Stream.concat(first, others.stream()).toList();
    }

    private static List<List<String>> rows(LabelScores scores) {
        return Stream.concat(scores.types().stream(), Stream.of(scores.all()))
                .map(ScoreTable::row)
                .toList();
    }

    private static List<String> row(LabelScore score) {
        boolean occurs = score.support() > 0;
        return row(
                score.label(),
                score.precision(),
                occurs ? score.recall() : Double.NaN,
                occurs ? score.f1() : Double.NaN,
                score.support());
    }

    private static List<String> row(String label, double precision, double recall, double f1, int support) {
        return List.of(label, number(precision), number(recall), number(f1), ComparisonTable.count(support));
    }

    private static String number(double score) {
        return Double.isNaN(score) ? ComparisonTable.NONE : String.format(Locale.ROOT, "%.4f", score);
    }
}
