package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lsradapt.report.internal.Spread;
import org.lsradapt.report.internal.TextTable;

/** The methods of a model by task: mean and spread over the seeds, and averages over tasks. */
final class MeansTable {
    private static final String NONE = "-";

    private final SuiteResults suite;
    private final String model;
    private final SuiteScore score;

    /**
     * Creates the table of one score.
     *
     * @param suite all results
     */
    MeansTable(SuiteResults suite, String model, SuiteScore score) {
        this.suite = suite;
        this.model = model;
        this.score = score;
    }

    TextTable table() {
        List<String> tasks = suite.tasks(model);
        List<String> averaged = suite.averaged(model);
        List<String> large =
                averaged.stream().filter(task -> !suite.isSmall(model, task)).toList();
        List<String> header = new ArrayList<>(List.of("method", "adapters"));
        tasks.forEach(task -> header.add(
                task + suite.metric(model, task).map(m -> " (" + m + ")").orElse("")));
        boolean hasAverage = averaged.size() > 1;
        boolean hasLarge = hasAverage && !large.isEmpty() && large.size() < averaged.size();
        if (hasAverage) {
            header.add("average");
        }
        if (hasLarge) {
            header.add("average without "
                    + String.join(
                            ", ",
                            averaged.stream()
                                    .filter(task -> !large.contains(task))
                                    .toList()));
        }
        TextTable table = new TextTable(1, header);
        for (String method : suite.methods(model)) {
            List<String> row = new ArrayList<>(List.of(method, adapters(method)));
            tasks.forEach(task -> row.add(mean(task, method)));
            if (hasAverage) {
                row.add(average(averaged, method));
            }
            if (hasLarge) {
                row.add(average(large, method));
            }
            table.add(row);
        }
        if (score != SuiteScore.HELD_OUT) {
            for (String name : suite.baselines(model)) {
                List<String> row = new ArrayList<>(List.of(name, NONE));
                tasks.forEach(task -> row.add(baseline(List.of(task), name)));
                if (hasAverage) {
                    row.add(baseline(averaged, name));
                }
                if (hasLarge) {
                    row.add(baseline(large, name));
                }
                table.add(row);
            }
        }
        return table;
    }

    /** Returns the mean of an untrained baseline over tasks, or {@link #NONE} unless all tasks have it. */
    private String baseline(List<String> tasks, String name) {
        List<Double> values = tasks.stream()
                .flatMap(task -> suite.results(model, task).stream()
                        .flatMap(result -> Stream.ofNullable(result.baselines().get(name)))
                        .limit(1))
                .toList();
        return values.size() < tasks.size()
                ? NONE
                : String.format(Locale.ROOT, "%.4f", Spread.of(values).mean());
    }

    private String adapters(String method) {
        LongSummaryStatistics counts = suite.results().values().stream()
                .filter(one ->
                        one.cell().model().equals(model) && one.cell().method().equals(method))
                .mapToLong(CellResult::adapterParameters)
                .summaryStatistics();
        if (counts.getCount() == 0) {
            return NONE;
        }
        return counts.getMin() == counts.getMax()
                ? String.format(Locale.ROOT, "%,d", counts.getMin())
                : String.format(Locale.ROOT, "%,d to %,d", counts.getMin(), counts.getMax());
    }

    private String mean(String task, String method) {
        int cells = suite.cells(model, task, method).size();
        List<CellResult> results = suite.results(model, task, method);
        if (results.isEmpty()) {
            return cells == 0 ? "" : NONE;
        }
        return spread(results).format(4) + (results.size() < cells ? " (" + results.size() + " of " + cells + ")" : "");
    }

    private Spread spread(List<CellResult> results) {
        return Spread.of(results.stream().map(score::of).toList());
    }

    /** Returns the mean of the tasks' means, with the spread over the seeds that have all tasks. */
    Spread averageOf(List<String> tasks, String method) {
        List<Double> means = new ArrayList<>();
        Map<Long, List<Double>> bySeed = new TreeMap<>();
        for (String task : tasks) {
            List<CellResult> results = suite.results(model, task, method);
            means.add(spread(results).mean());
            results.forEach(result -> bySeed.computeIfAbsent(result.cell().seed(), seed -> new ArrayList<>())
                    .add(score.of(result)));
        }
        Spread seeds = Spread.of(bySeed.values().stream()
                .filter(scores -> scores.size() == tasks.size())
                .map(scores -> Spread.of(scores).mean())
                .toList());
        return new Spread(Spread.of(means).mean(), seeds.deviation());
    }

    private String average(List<String> tasks, String method) {
        if (tasks.stream().anyMatch(task -> suite.results(model, task, method).isEmpty())) {
            return NONE;
        }
        boolean whole = tasks.stream()
                .allMatch(task -> suite.results(model, task, method).size()
                        == suite.cells(model, task, method).size());
        return averageOf(tasks, method).format(4) + (whole ? "" : " (of what there is)");
    }
}
