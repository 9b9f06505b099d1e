package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.report.internal.Chart;
import org.lsradapt.report.internal.ComparisonTable;
import org.lsradapt.report.internal.LearningCurves;
import org.lsradapt.report.internal.Report;
import org.lsradapt.report.internal.TextTable;

/** Writes the results of a suite so far: a report, tables of unrounded numbers, and pictures of scores over parameters. */
public final class SuiteReport {
    public static final String REPORT = Report.MARKDOWN;

    private static final String CELLS = "report.csv";
    private static final String MEANS = "means.csv";
    private static final String DIFFERENCES = "differences.csv";
    private static final String PICTURES = "pictures";

    /** The most missing cells that are named. */
    private static final int NAMED = 50;

    private final Path folder;

    private final SuiteResults whole;

    private final SuiteResults suite;

    private final String reference;
    private final SuiteScore decisive;
    private final Report report = new Report();

    private SuiteReport(Path folder, SuiteResults whole, SuiteResults suite, String reference) {
        this.folder = folder;
        this.whole = whole;
        this.suite = suite;
        this.reference = reference;
        decisive = suite.scores().get(0);
    }

    /** Writes the report into the suite's folder, compares with {@code against} or the first LoRA, and returns a line on the cells. */
    public static String write(SuiteFolder folder, Predicate<Path> finished, Optional<String> against)
            throws IOException {
        SuiteResults whole = SuiteResults.read(folder, finished);
        Require.argument(!whole.cells().isEmpty(), "%s: the suite has no cells", folder.path());
        SuiteResults suite = whole.chosen();
        against.ifPresent(name -> Require.argument(
                suite.methods().contains(name),
                "--against %s: there is no such method, expected one of %s",
                name,
                String.join(", ", suite.methods())));
        new SuiteReport(folder.path(), whole, suite, against.orElseGet(suite::reference)).write();
        return whole.progress();
    }

    private void write() throws IOException {
        List<MethodComparison> comparisons = MethodComparison.all(suite, reference);
        report.title("Experiments");
        report.text(whole.progress()
                + (whole.begun().isEmpty() ? "" : " (" + whole.begun().size() + " of them begun)") + ".");
        report.text("Scores are measured on the evaluation examples; mean ± sample standard deviation over the seeds. "
                + chosenBy() + " Unrounded numbers are in " + CELLS + ", " + MEANS + " and " + DIFFERENCES + ".");
        for (String model : suite.models()) {
            means(model);
            parameters(model);
            settings(model);
        }
        if (!comparisons.isEmpty()) {
            differences(comparisons);
        }
        warnings();
        curves();
        missing();
        put(CELLS, SuiteCsv.cells(whole).bytes());
        put(MEANS, SuiteCsv.means(suite).bytes());
        put(
                DIFFERENCES,
                SuiteCsv.differences(comparisons, suite.scores(), reference).bytes());
        report.write(folder);
    }

    private String chosenBy() {
        return decisive == SuiteScore.MEASURED
                ? "Held-out training examples choose the best evaluation"
                        + (whole.equals(suite) ? "" : " and, by the mean over the seeds, the settings")
                        + ", so the evaluation examples choose nothing."
                : "These examples also choose the best evaluation, which flatters every method; the last evaluation is not chosen.";
    }

    private void means(String model) {
        report.heading(2, model);
        for (SuiteScore score : suite.scores()) {
            report.heading(3, score.title());
            report.table(new MeansTable(suite, model, score).table());
        }
    }

    private void parameters(String model) throws IOException {
        List<CellResult> adapted = suite.results(model).stream()
                .filter(result -> result.adapterParameters() > 0)
                .toList();
        if (adapted.isEmpty()) {
            return;
        }
        List<Long> floors =
                adapted.stream().map(CellResult::loraFloor).distinct().sorted().toList();
        report.heading(3, "Scores over parameters");
        report.text(
                "The scores of the first table. The vertical line marks LoRA of rank 1 on the same layers, the smallest"
                        + " that LoRA can be.");
        List<String> averaged = suite.averaged(model);
        if (averaged.size() > 1) {
            ParametersChart chart =
                    new ParametersChart(model + ": average over " + averaged.size() + " tasks", "average");
            MeansTable means = new MeansTable(suite, model, decisive);
            for (String method : suite.methods(model)) {
                if (means.hasAll(averaged, method)) {
                    chart.add(method, parameters(model, averaged.get(0), method), means.averageOf(averaged, method));
                }
            }
            picture(SuiteEntry.part(model), chart.withFloors(floors));
        }
        for (String task : suite.tasks(model)) {
            if (suite.metric(model, task).isPresent()) {
                ParametersChart chart = new ParametersChart(
                        task + ", " + model, suite.metric(model, task).orElseThrow());
                for (String method : suite.methods(model)) {
                    List<CellResult> results = suite.results(model, task, method);
                    if (!results.isEmpty()) {
                        chart.add(method, parameters(model, task, method), decisive.spread(results));
                    }
                }
                picture(SuiteEntry.part(model) + "_" + SuiteEntry.part(task), chart.withFloors(floors));
            }
        }
    }

    private long parameters(String model, String task, String method) {
        return suite.results(model, task, method).get(0).adapterParameters();
    }

    private void picture(String name, Chart chart) throws IOException {
        String file = PICTURES + "/parameters-" + name + ".svg";
        Files.createDirectories(folder.resolve(PICTURES));
        put(file, chart.svg().getBytes(StandardCharsets.UTF_8));
        report.picture("Scores over parameters, " + name, chart, file);
    }

    /** Adds tables of the tuned settings, with the chosen ones in bold type. */
    private void settings(String model) {
        List<String> tasks = whole.tasks(model);
        for (String tuned : whole.tuned(model)) {
            report.heading(3, "Settings of " + tuned);
            TextTable table = new TextTable(
                    1, Stream.concat(Stream.of("settings"), tasks.stream()).toList());
            tasks.stream()
                    .flatMap(task -> whole.settings(model, task, tuned).stream())
                    .distinct()
                    .forEach(method -> addSettings(table, model, tuned, method));
            report.table(table);
        }
    }

    private void addSettings(TextTable table, String model, String tuned, String method) {
        List<String> tasks = whole.tasks(model);
        table.add(Stream.concat(
                        Stream.of(method),
                        tasks.stream()
                                .map(task -> whole.results(model, task, method))
                                .map(results -> results.isEmpty()
                                        ? ComparisonTable.NONE
                                        : SuiteScore.HELD_OUT.spread(results).format(4)))
                .toList());
        for (int i = 0; i < tasks.size(); i++) {
            if (whole.choice(model, tasks.get(i), tuned).filter(method::equals).isPresent()) {
                table.highlight(i + 1);
            }
        }
    }

    private void differences(List<MethodComparison> comparisons) {
        boolean exact =
                comparisons.stream().allMatch(one -> one.byScore().get(decisive).exact());
        report.heading(2, "Differences from " + reference);
        report.text(
                "Differences of the same model, task and seed; mean ± standard error over these pairs. They are positive if"
                        + " the method is better than " + reference
                        + ", even if smaller values of the metric are better. p is from a"
                        + " two-sided sign-flip test over "
                        + (exact
                                ? "all assignments of signs"
                                : "all assignments of signs, or 100,000 random ones for more than 20 pairs")
                        + "; Holm's correction covers the methods of a table. The test says whether the difference is more than chance"
                        + " between seeds on these tasks. It says nothing about other tasks.");
        for (String tasks :
                comparisons.stream().map(MethodComparison::tasks).distinct().toList()) {
            report.heading(3, tasks);
            List<String> header = new ArrayList<>(List.of("method", "pairs"));
            suite.scores()
                    .forEach(score -> header.addAll(List.of(score.title().toLowerCase(Locale.ROOT), "p", "Holm")));
            TextTable table = new TextTable(1, header);
            comparisons.stream().filter(one -> one.tasks().equals(tasks)).forEach(one -> table.add(row(one)));
            report.table(table);
        }
    }

    private List<String> row(MethodComparison one) {
        List<String> row = new ArrayList<>(
                List.of(one.method(), String.valueOf(one.byScore().get(decisive).pairs())));
        for (SuiteScore score : suite.scores()) {
            PairedDifferences paired = one.byScore().get(score);
            row.add(String.format(Locale.ROOT, "%+.4f", paired.mean())
                    + (Double.isNaN(paired.standardError())
                            ? ""
                            : String.format(Locale.ROOT, " ± %.4f", paired.standardError())));
            row.add(probability(paired.p()));
            row.add(probability(paired.holm()));
        }
        return row;
    }

    private static String probability(double p) {
        return p < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }

    private void curves() {
        if (!suite.results().isEmpty()) {
            report.heading(2, "Learning curves");
        }
        for (String model : suite.models()) {
            for (String task : suite.tasks(model)) {
                String title = task + ", " + model;
                suite.metric(model, task)
                        .ifPresent(metric -> report.charts(
                                title,
                                LearningCurves.charts(
                                        title,
                                        metric,
                                        suite.results(model, task).stream()
                                                .collect(Collectors.groupingBy(
                                                        result -> result.cell().method(),
                                                        LinkedHashMap::new,
                                                        Collectors.mapping(
                                                                CellResult::training, Collectors.toList()))))));
            }
        }
    }

    /** Adds each warning once, with the cells that it is of. */
    private void warnings() {
        Map<String, List<String>> cells = new LinkedHashMap<>();
        whole.results()
                .forEach((cell, result) -> result.warnings()
                        .forEach(warning -> cells.computeIfAbsent(warning, any -> new ArrayList<>())
                                .add(cell)));
        if (cells.isEmpty()) {
            return;
        }
        report.heading(2, "Warnings");
        TextTable table = new TextTable(2, List.of("warning", "cells"));
        cells.forEach((warning, some) -> table.add(List.of(
                warning, some.size() == 1 ? some.get(0) : some.get(0) + " and " + (some.size() - 1) + " others")));
        report.table(table);
    }

    private void missing() {
        if (!whole.failures().isEmpty()) {
            report.heading(2, "Failed");
            TextTable table = new TextTable(2, List.of("cell", "message"));
            whole.failures().forEach((cell, message) -> table.add(List.of(cell, message)));
            report.table(table);
        }
        List<String> missing = whole.missing();
        if (!missing.isEmpty()) {
            report.heading(2, "Missing");
            List<String> named = new ArrayList<>(missing.subList(0, Math.min(NAMED, missing.size())));
            if (missing.size() > NAMED) {
                named.add("and " + (missing.size() - NAMED) + " more");
            }
            report.points(named);
        }
    }

    private void put(String name, byte[] content) throws IOException {
        AtomicFile.write(folder.resolve(name), content);
    }
}
