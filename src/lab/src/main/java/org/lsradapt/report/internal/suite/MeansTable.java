package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.report.internal.ComparisonTable;
import org.lsradapt.report.internal.Spread;
import org.lsradapt.report.internal.TextTable;

/** The methods of a model by task: mean and spread over the seeds, and averages over tasks. */
final class MeansTable {
    private final SuiteResults suite;
    private final String model;
    private final SuiteScore score;

    /** Creates the table of one score. */
    MeansTable(SuiteResults suite, String model, SuiteScore score) {
        this.suite = suite;
        this.model = model;
        this.score = score;
    }

    TextTable table() {
        List<String> header = new ArrayList<>(List.of("method", "adapters"));
        suite.tasks(model)
                .forEach(task -> header.add(task
                        + suite.metric(model, task).map(m -> " (" + m + ")").orElse("")));
        List<List<String>> averages = averages(header);
        TextTable table = new TextTable(1, header);
        for (String method : suite.methods(model)) {
            add(table, method, adapters(method), averages, task -> mean(task, method), all -> average(all, method));
        }
        if (score != SuiteScore.HELD_OUT) {
            for (String name : suite.baselines(model)) {
                add(
                        table,
                        name,
                        ComparisonTable.NONE,
                        averages,
                        task -> baseline(List.of(task), name),
                        all -> baseline(all, name));
            }
        }
        return table;
    }

    /** Returns the tasks of each average, and adds their names to the header. */
    private List<List<String>> averages(List<String> header) {
        List<String> all = suite.averaged(model);
        List<String> large =
                all.stream().filter(task -> !suite.isSmall(model, task)).toList();
        if (all.size() < 2) {
            return List.of();
        }
        header.add("average");
        if (large.isEmpty() || large.size() == all.size()) {
            return List.of(all);
        }
        header.add("average without "
                + String.join(
                        ", ", all.stream().filter(task -> !large.contains(task)).toList()));
        return List.of(all, large);
    }

    private void add(
            TextTable table,
            String name,
            String adapters,
            List<List<String>> averages,
            Function<String, String> ofTask,
            Function<List<String>, String> ofAverage) {
        table.add(Stream.of(
                        Stream.of(name, adapters),
                        suite.tasks(model).stream().map(ofTask),
                        averages.stream().map(ofAverage))
                .flatMap(Function.identity())
                .toList());
    }

    /** Returns the mean of an untrained baseline over tasks, or a dash unless all tasks have it. */
    private String baseline(List<String> tasks, String name) {
        List<Double> values = tasks.stream()
                .flatMap(task -> suite.results(model, task).stream()
                        .flatMap(result -> Stream.ofNullable(result.baselines().get(name)))
                        .limit(1))
                .toList();
        return values.size() < tasks.size()
                ? ComparisonTable.NONE
                : String.format(Locale.ROOT, "%.4f", Spread.of(values).mean());
    }

    private String adapters(String method) {
        return ComparisonTable.range(suite.results(model).stream()
                .filter(one -> one.cell().method().equals(method))
                .mapToLong(CellResult::adapterParameters)
                .summaryStatistics());
    }

    private String mean(String task, String method) {
        int cells = suite.cells(model, task, method).size();
        List<CellResult> results = suite.results(model, task, method);
        if (results.isEmpty()) {
            return cells == 0 ? "" : ComparisonTable.NONE;
        }
        return score.spread(results).format(4)
                + (results.size() < cells ? " (" + results.size() + " of " + cells + ")" : "");
    }

    boolean hasAll(List<String> tasks, String method) {
        return tasks.stream()
                .noneMatch(task -> suite.results(model, task, method).isEmpty());
    }

    /** Returns the mean of the tasks' means, with the spread over the seeds that have all tasks. */
    Spread averageOf(List<String> tasks, String method) {
        List<Double> means = new ArrayList<>();
        Map<Long, List<Double>> bySeed = new TreeMap<>();
        for (String task : tasks) {
            List<CellResult> results = suite.results(model, task, method);
            means.add(score.spread(results).mean());
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
        if (!hasAll(tasks, method)) {
            return ComparisonTable.NONE;
        }
        boolean whole = tasks.stream()
                .allMatch(task -> suite.results(model, task, method).size()
                        == suite.cells(model, task, method).size());
        return averageOf(tasks, method).format(4) + (whole ? "" : " (incomplete)");
    }
}
