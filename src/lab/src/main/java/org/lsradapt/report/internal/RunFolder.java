package org.lsradapt.report.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/** The report files of a run, next to its adapters. */
public final class RunFolder {

    static final String MONITOR_CSV = "condition.csv";

    private static final String JSON = "metrics.json";
    private static final String CSV = "metrics.csv";

    public static final String REPORT = Report.MARKDOWN;

    private RunFolder() {}

    /**
     * Writes {@code metrics.json} and {@code metrics.csv}, and {@code condition.csv} for a run with a condition monitor.
     * Replaces the files of an earlier call for the same run.
     *
     * @param folder the run's folder, which exists
     * @param run the results so far
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void writeMetrics(Path folder, RunRecord run) throws IOException {
        JsonFile.write(folder.resolve(JSON), MetricsJson.of(run));
        AtomicFile.write(folder.resolve(CSV), metrics(run).bytes());
        if (!run.watched().isEmpty()) {
            AtomicFile.write(folder.resolve(MONITOR_CSV), monitor(run.watched()).bytes());
        }
    }

    /** Returns one row per method, seed and evaluation. */
    private static Csv metrics(RunRecord run) {
        List<String> header = new ArrayList<>(List.of("method", "seed", "epoch", "best", "loss", "seconds"));
        header.addAll(run.metricNames());
        Csv csv = new Csv(header);
        for (MethodResult result : run.results()) {
            int best = result.training().best().step();
            for (EvaluationResult evaluation : result.training().evaluations()) {
                List<Object> row = new ArrayList<>(List.of(
                        result.method(),
                        result.seed(),
                        evaluation.epoch(),
                        evaluation.step() == best,
                        evaluation.loss(),
                        Math.round(evaluation.seconds() * 1000) / 1000.0));
                run.metricNames().forEach(metric -> row.add(evaluation.metrics().get(metric)));
                csv.add(row);
            }
        }
        return csv;
    }

    private static Csv monitor(List<MethodResult> results) {
        Csv csv = new Csv(List.of("method", "seed", "step", "layer", "side", "gamma", "norm", "error", "exceeded"));
        for (MethodResult result : results) {
            for (Reading reading : result.training().readings()) {
                csv.add(List.of(
                        result.method(),
                        result.seed(),
                        reading.step(),
                        reading.layer(),
                        reading.side(),
                        reading.condition().value(),
                        reading.condition().normF(),
                        reading.error(),
                        reading.exceeded()));
            }
        }
        return csv;
    }

    public static String table(RunRecord run) {
        return ComparisonTable.of(run).toText();
    }

    /** Returns a line on the folds of each method and seed; empty without folds. */
    public static List<String> folds(RunRecord run) {
        return ValidationTables.describe(run);
    }

    /** Returns the scores of each label as text for a terminal; empty if there are none. */
    public static String labels(RunRecord run) {
        List<MethodResult> results = ScoreTable.shown(run);
        return results.isEmpty() ? "" : ScoreTable.of(results).toText();
    }

    /** Writes {@code report.html} and, last, {@code report.md} into the existing folder of a whole run with results. */
    public static void writeReport(Path folder, RunRecord run, Usage usage) throws IOException {
        RunReport.of(run, usage).write(folder);
    }
}
