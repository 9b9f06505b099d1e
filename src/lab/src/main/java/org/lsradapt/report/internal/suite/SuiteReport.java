package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.Charts;
import org.lsradapt.report.internal.HtmlPage;
import org.lsradapt.report.internal.LearningCurves;
import org.lsradapt.report.internal.MarkdownPage;
import org.lsradapt.report.internal.Page;
import org.lsradapt.report.internal.Spread;
import org.lsradapt.report.internal.TextTable;

/** Writes the results of a suite so far as a page, tables and pictures. */
public final class SuiteReport {
    /** The Markdown report. */
    public static final String REPORT = "report.md";

    /** The report in one HTML file, with charts that show their numbers. */
    private static final String HTML = "report.html";

    private static final String CELLS = "report.csv";
    private static final String MEANS = "means.csv";
    private static final String DIFFERENCES = "differences.csv";
    private static final String PICTURES = "pictures";

    /** The most missing cells that are named. */
    private static final int NAMED = 50;

    private final SuiteFolder folder;

    /** All cells. */
    private final SuiteResults whole;

    /** The cells with the chosen settings. */
    private final SuiteResults suite;

    private final String reference;
    private final SuiteScore counting;
    private final Page markdown = new MarkdownPage();
    private final Page html = new HtmlPage();
    private final List<Page> pages = List.of(markdown, html);

    private SuiteReport(SuiteFolder folder, SuiteResults whole, SuiteResults suite, String reference) {
        this.folder = folder;
        this.whole = whole;
        this.suite = suite;
        this.reference = reference;
        counting = suite.scores().get(0);
    }

    /**
     * Writes the report into the suite's folder and replaces an earlier one.
     *
     * @param finished whether a folder is that of a finished run
     * @param against the reference of comparisons; empty for the first LoRA, else the first method
     * @return a line with the numbers of finished, failed and missing cells
     * @throws IllegalArgumentException if there is no method of that name
     * @throws IOException if a file cannot be read or written; the message names it
     */
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
        SuiteReport report = new SuiteReport(folder, whole, suite, against.orElseGet(suite::reference));
        report.write();
        return whole.progress();
    }

    private void write() throws IOException {
        List<MethodComparison> comparisons = MethodComparison.all(suite, reference);
        heading(1, "Experiments");
        text(whole.progress()
                + (whole.begun().isEmpty() ? "" : " (" + whole.begun().size() + " of them begun)") + ".");
        text((counting == SuiteScore.MEASURED
                        ? "Scores are on the evaluation examples. Held-out training examples have chosen the best evaluation"
                                + (whole.equals(suite) ? "" : ", and settings by their mean over the seeds")
                                + ", so that the evaluation examples have chosen nothing."
                        : "Scores are on the evaluation examples. The best evaluation is chosen on those as well, which"
                                + " flatters every method; the last one is not chosen.")
                + " Mean ± sample standard deviation over the seeds; all numbers are in "
                + CELLS + ", " + MEANS + " and " + DIFFERENCES + ".");
        for (String model : suite.models()) {
            means(model);
            settings(model);
        }
        differences(comparisons);
        curves();
        missing();
        put(CELLS, SuiteCsv.cells(whole).bytes());
        put(MEANS, SuiteCsv.means(suite).bytes());
        put(
                DIFFERENCES,
                SuiteCsv.differences(comparisons, suite.scores(), reference).bytes());
        put(HTML, html.content().getBytes(StandardCharsets.UTF_8));
        put(REPORT, markdown.content().getBytes(StandardCharsets.UTF_8));
    }

    private void means(String model) throws IOException {
        heading(2, "" + model);
        for (SuiteScore score : suite.scores()) {
            heading(3, "" + score.title());
            table(new MeansTable(suite, model, score).table());
        }
        List<CellResult> results = suite.results().values().stream()
                .filter(result -> result.cell().model().equals(model) && result.adapterParameters() > 0)
                .toList();
        if (results.isEmpty()) {
            return;
        }
        heading(3, "Scores over parameters");
        text(
                "By the first of these tables. The upright line is LoRA of rank 1 on the same layers: it cannot be smaller.");
        List<String> averaged = suite.averaged(model);
        if (averaged.size() > 1) {
            MeansTable table = new MeansTable(suite, model, counting);
            List<String> methods = suite.methods(model).stream()
                    .filter(method -> averaged.stream()
                            .noneMatch(
                                    task -> suite.results(model, task, method).isEmpty()))
                    .toList();
            List<ParametersPicture.Point> points = methods.stream()
                    .map(method -> new ParametersPicture.Point(
                            method, parameters(model, averaged.get(0), method), table.averageOf(averaged, method)))
                    .toList();
            picture(
                    "parameters-" + file(model),
                    List.of(ParametersPicture.chart(
                            model + ": average over " + averaged.size() + " tasks",
                            "average",
                            points,
                            floors(results))));
        }
        for (String task : suite.tasks(model)) {
            List<ParametersPicture.Point> points = new ArrayList<>();
            for (String method : suite.methods(model)) {
                List<CellResult> ofMethod = suite.results(model, task, method);
                if (!ofMethod.isEmpty()) {
                    points.add(new ParametersPicture.Point(method, parameters(model, task, method), spread(ofMethod)));
                }
            }
            if (!points.isEmpty()) {
                picture(
                        "parameters-" + file(model) + "_" + file(task),
                        List.of(ParametersPicture.chart(
                                task + ", " + model,
                                suite.metric(model, task).orElseThrow(),
                                points,
                                floors(results))));
            }
        }
    }

    private long parameters(String model, String task, String method) {
        return suite.results(model, task, method).get(0).adapterParameters();
    }

    private static List<Long> floors(List<CellResult> results) {
        return results.stream().map(CellResult::loraFloor).distinct().sorted().toList();
    }

    private Spread spread(List<CellResult> results) {
        return Spread.of(results.stream().map(counting::of).toList());
    }

    /** Adds tables of the tuned settings, with the chosen ones in bold type. */
    private void settings(String model) {
        for (String tuned : whole.tuned(model)) {
            heading(3, "Settings of " + tuned);
            List<String> tasks = whole.tasks(model);
            TextTable table = new TextTable(
                    1, Stream.concat(Stream.of("settings"), tasks.stream()).toList());
            List<String> all = tasks.stream()
                    .flatMap(task -> whole.settings(model, task, tuned).stream())
                    .distinct()
                    .toList();
            for (String method : all) {
                table.add(Stream.concat(
                                Stream.of(method),
                                tasks.stream().map(task -> heldOut(whole.results(model, task, method))))
                        .toList());
                for (int i = 0; i < tasks.size(); i++) {
                    if (whole.choice(model, tasks.get(i), tuned)
                            .filter(method::equals)
                            .isPresent()) {
                        table.highlight(i + 1);
                    }
                }
            }
            table(table);
        }
    }

    private static String heldOut(List<CellResult> results) {
        return results.isEmpty()
                ? "-"
                : Spread.of(results.stream().map(SuiteScore.HELD_OUT::of).toList())
                        .format(4);
    }

    private void differences(List<MethodComparison> comparisons) throws IOException {
        if (comparisons.isEmpty()) {
            return;
        }
        heading(2, "Differences from " + reference);
        text(
                "Of the same model, task and seed; mean ± standard error over these pairs, positive where the method is better"
                        + " than " + reference
                        + ", also where the metric gets smaller. p is that of a two-sided sign-flip test, "
                        + (comparisons.stream()
                                        .allMatch(one -> one.byScore()
                                                .get(counting)
                                                .paired()
                                                .exact())
                                ? "over all assignments of signs"
                                : "over all assignments of signs up to 20 pairs, over 100,000 drawn ones above")
                        + "; Holm's correction is for the methods of a table. It says whether the difference is more than chance between"
                        + " seeds on these tasks, and nothing of other tasks.");
        for (String tasks :
                comparisons.stream().map(MethodComparison::tasks).distinct().toList()) {
            heading(3, "" + tasks);
            List<String> header = new ArrayList<>(List.of("method", "pairs"));
            suite.scores()
                    .forEach(score -> header.addAll(List.of(score.title().toLowerCase(Locale.ROOT), "p", "Holm")));
            TextTable table = new TextTable(1, header);
            for (MethodComparison one : comparisons) {
                if (one.tasks().equals(tasks)) {
                    int pairs = one.byScore().get(counting).paired().pairs();
                    List<String> row = new ArrayList<>(List.of(one.method(), String.valueOf(pairs)));
                    for (SuiteScore score : suite.scores()) {
                        MethodComparison.Difference difference = one.byScore().get(score);
                        row.add(difference(difference.paired()));
                        row.add(probability(difference.paired().p()));
                        row.add(probability(difference.holm()));
                    }
                    table.add(row);
                }
            }
            table(table);
        }
    }

    private static String difference(PairedDifferences differences) {
        return Double.isNaN(differences.standardError())
                ? String.format(Locale.ROOT, "%+.4f", differences.mean())
                : String.format(Locale.ROOT, "%+.4f ± %.4f", differences.mean(), differences.standardError());
    }

    private static String probability(double p) {
        return p < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }

    private void curves() throws IOException {
        boolean headed = false;
        for (String model : suite.models()) {
            for (String task : suite.tasks(model)) {
                List<CellResult> results = suite.results(model, task);
                if (results.isEmpty()) {
                    continue;
                }
                if (!headed) {
                    heading(2, "Learning curves");
                    headed = true;
                }
                RunRecord run = new RunRecord(
                        task,
                        model,
                        task + ", " + model,
                        suite.metric(model, task).orElseThrow(),
                        List.of(),
                        Map.of(),
                        results.stream().map(CellResult::forCurves).toList());
                picture("curves-" + file(model) + "_" + file(task), LearningCurves.charts(run));
            }
        }
    }

    private void missing() {
        if (!whole.failures().isEmpty()) {
            heading(2, "Failed");
            TextTable table = new TextTable(2, List.of("cell", "message"));
            whole.failures().forEach((cell, message) -> table.add(List.of(cell, message)));
            table(table);
        }
        List<String> missing = whole.missing();
        if (!missing.isEmpty()) {
            heading(2, "Missing");
            List<String> named = new ArrayList<>(missing.subList(0, Math.min(NAMED, missing.size())));
            if (missing.size() > NAMED) {
                named.add("and " + (missing.size() - NAMED) + " more");
            }
            pages.forEach(page -> page.points(named));
        }
    }

    private static String file(String label) {
        return SuiteEntry.part(label);
    }

    private void picture(String name, List<XYChart> charts) throws IOException {
        String file = PICTURES + "/" + name + ".png";
        Files.createDirectories(folder.path().resolve(PICTURES));
        put(file, Charts.png(charts.toArray(new XYChart[0])));
        pages.forEach(page -> page.charts(name, file, charts));
    }

    private void put(String name, byte[] content) throws IOException {
        AtomicFile.write(folder.path().resolve(name), content);
    }

    private void heading(int level, String text) {
        pages.forEach(page -> page.heading(level, text));
    }

    private void text(String paragraph) {
        pages.forEach(page -> page.text(paragraph));
    }

    private void table(TextTable table) {
        pages.forEach(page -> page.table(table));
    }
}
