package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/** The methods of a run, one row each. Metrics are of the best evaluation, as mean and spread over the seeds. */
public final class ComparisonTable {

    public static final String NONE = "-";

    /** A column. */
    private record Column(
            String name, Function<List<MethodResult>, String> method, Function<Baseline, String> baseline) {

        Column(String name, Function<List<MethodResult>, String> method) {
            this(name, method, baseline -> NONE);
        }
    }

    private ComparisonTable() {}

    static TextTable of(RunRecord run) {
        List<Column> columns = columns(run);
        TextTable table = new TextTable(1, columns.stream().map(Column::name).toList());
        run.byMethod()
                .values()
                .forEach(results -> table.add(columns.stream()
                        .map(column -> column.method().apply(results))
                        .toList()));
        run.baselines()
                .forEach(baseline -> table.add(columns.stream()
                        .map(column -> column.baseline().apply(baseline))
                        .toList()));
        return table;
    }

    private static List<Column> columns(RunRecord run) {
        List<Column> columns = new ArrayList<>();
        columns.add(new Column("method", results -> results.get(0).method(), Baseline::name));
        columns.add(parameters("adapters", MethodResult::adapterParameters));
        columns.add(new Column("per layer", results -> perLayer(results.get(0).layers())));
        columns.add(parameters("head", MethodResult::headParameters));
        columns.add(parameters("trainable", MethodResult::trainableParameters));
        for (String metric : run.metricNames()) {
            columns.add(new Column(
                    metric,
                    results -> spread(results, result -> result.metrics().get(metric)) + interval(results, metric),
                    baseline -> Optional.ofNullable(baseline.metrics().get(metric))
                            .map(value -> String.format(Locale.ROOT, "%.4f", value))
                            .orElse(NONE)));
        }
        if (run.hasHeldOut()) {
            String metric = run.primaryMetric();
            columns.add(new Column(
                    "held out " + metric,
                    results -> spread(
                            results,
                            result -> result.training().best().metrics().get(metric))));
        }
        columns.add(new Column(
                "best epoch",
                results -> results.stream()
                        .map(result -> String.valueOf(result.training().best().epoch()))
                        .collect(Collectors.joining(", "))));
        columns.add(new Column("s/epoch", ComparisonTable::seconds));
        return columns;
    }

    private static Column parameters(String name, ToLongFunction<MethodResult> number) {
        return new Column(name, results -> count(number.applyAsLong(results.get(0))));
    }

    private static String spread(List<MethodResult> results, Function<MethodResult, Double> score) {
        return Spread.of(results.stream().map(score).toList()).format(4);
    }

    /** Returns the interval of a metric's mean in brackets; empty without values by row. */
    private static String interval(List<MethodResult> results, String metric) {
        return Resamples.mean(results.stream().map(MethodResult::resamples).toList())
                .interval(metric)
                .map(interval -> " (" + interval + ")")
                .orElse("");
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

    private static String perLayer(List<LayerReport> layers) {
        return range(layers.stream().mapToLong(LayerReport::parameters).summaryStatistics());
    }

    public static String range(LongSummaryStatistics numbers) {
        if (numbers.getCount() == 0) {
            return NONE;
        }
        return numbers.getMin() == numbers.getMax()
                ? count(numbers.getMin())
                : count(numbers.getMin()) + " to " + count(numbers.getMax());
    }

    /** Formats a number with commas between groups of three digits. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
