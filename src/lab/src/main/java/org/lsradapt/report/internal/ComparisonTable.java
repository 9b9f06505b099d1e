package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/** The methods of a run, one row each. Metrics are of the best evaluation, as mean and spread over the seeds. */
final class ComparisonTable {

    /** The text in place of a missing number. */
    static final String NONE = "-";

    private ComparisonTable() {}

    static TextTable of(RunRecord run) {
        List<String> header = new ArrayList<>(List.of("method", "adapters", "per layer", "head", "trainable"));
        header.addAll(run.metricNames());
        if (hasHeldOut(run)) {
            header.add("held out " + run.primaryMetric());
        }
        header.addAll(List.of("best epoch", "s/epoch"));
        TextTable table = new TextTable(1, header);
        run.byMethod().forEach((method, results) -> table.add(row(run, method, results)));
        run.baselines().forEach(baseline -> table.add(row(run, baseline)));
        return table;
    }

    private static List<String> row(RunRecord run, String method, List<MethodResult> results) {
        MethodResult first = results.get(0);
        List<String> row = new ArrayList<>();
        row.add(method);
        row.add(count(first.adapterParameters()));
        row.add(perLayer(first.layers()));
        row.add(count(first.headParameters()));
        row.add(count(first.trainableParameters()));
        for (String metric : run.metricNames()) {
            row.add(spread(results, result -> result.metrics().get(metric)));
        }
        if (hasHeldOut(run)) {
            row.add(spread(results, result -> result.training().best().metrics().get(run.primaryMetric())));
        }
        row.add(results.stream()
                .map(result -> String.valueOf(result.training().best().epoch()))
                .collect(Collectors.joining(", ")));
        row.add(seconds(results));
        return row;
    }

    private static boolean hasHeldOut(RunRecord run) {
        return run.results().stream().anyMatch(result -> result.measured().isPresent());
    }

    private static String spread(List<MethodResult> results, Function<MethodResult, Double> score) {
        return Spread.of(results.stream().map(score).toList()).format(4);
    }

    private static String seconds(List<MethodResult> results) {
        double seconds = results.stream()
                .flatMap(result -> result.training().evaluations().stream())
                .filter(evaluation -> evaluation.epoch() > 0)
                .mapToDouble(EvaluationResult::seconds)
                .sum();
        int epochs = results.stream()
                .mapToInt(result -> result.training().last().epoch())
                .sum();
        return String.format(Locale.ROOT, "%.1f", seconds / epochs);
    }

    private static List<String> row(RunRecord run, Baseline baseline) {
        List<String> row = new ArrayList<>(List.of(baseline.name(), NONE, NONE, NONE, NONE));
        for (String metric : run.metricNames()) {
            Double value = baseline.metrics().get(metric);
            row.add(value == null ? NONE : String.format(Locale.ROOT, "%.4f", value));
        }
        if (hasHeldOut(run)) {
            row.add(NONE);
        }
        row.addAll(List.of(NONE, NONE));
        return row;
    }

    private static String perLayer(List<LayerReport> layers) {
        LongSummaryStatistics counts =
                layers.stream().mapToLong(LayerReport::parameters).summaryStatistics();
        if (layers.isEmpty()) {
            return NONE;
        }
        return counts.getMin() == counts.getMax()
                ? count(counts.getMin())
                : count(counts.getMin()) + " to " + count(counts.getMax());
    }

    /** Formats a number with commas between groups of three digits. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
