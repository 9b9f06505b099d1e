package org.lsradapt.report.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;

/** The files of a run, beside its adapters. */
public final class RunFolder {

    /** The learning curves. */
    static final String CURVES = "learning-curves.png";

    /** What the condition monitor saw, drawn. */
    static final String MONITOR = "condition.png";

    /** What the condition monitor saw. */
    static final String MONITOR_CSV = "condition.csv";

    /** Which classes are taken for which, drawn. */
    static final String CONFUSION = "confusion.png";

    /** Images with right and predicted classes. */
    static final String IMAGES = "images.png";

    private static final String JSON = "metrics.json";
    private static final String CSV = "metrics.csv";
    /** The page for people. */
    public static final String REPORT = "report.md";

    private RunFolder() {}

    /**
     * Writes {@code metrics.json} and {@code metrics.csv}, and {@code condition.csv} of a watched run, replacing what
     * an earlier call for the same run wrote.
     *
     * @param folder the run's folder, which exists
     * @param run what is known so far
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void writeMetrics(Path folder, RunRecord run) throws IOException {
        JsonFile.write(folder.resolve(JSON), MetricsJson.of(run));
        AtomicFile.write(folder.resolve(CSV), MetricsCsv.of(run).getBytes(StandardCharsets.UTF_8));
        if (!run.watched().isEmpty()) {
            AtomicFile.write(
                    folder.resolve(MONITOR_CSV), MonitorCsv.of(run.watched()).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The methods of a run side by side, as a text for a terminal. */
    public static String table(RunRecord run) {
        return ComparisonTable.of(run).toText();
    }

    /**
     * Writes the pictures and {@code report.md}.
     *
     * @param folder the run's folder, which exists
     * @param run the whole run, at least one result
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void writeReport(Path folder, RunRecord run) throws IOException {
        AtomicFile.write(folder.resolve(CURVES), LearningCurves.png(run));
        if (!run.watched().isEmpty()) {
            AtomicFile.write(folder.resolve(MONITOR), MonitorPicture.png(run.watched()));
        }
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (!classifiers.isEmpty()) {
            if (ConfusionPicture.fits(classifiers)) {
                AtomicFile.write(folder.resolve(CONFUSION), ConfusionPicture.png(classifiers));
            }
            MethodResult last = classifiers.get(classifiers.size() - 1);
            if (!last.predictions().orElseThrow().images().isEmpty()) {
                AtomicFile.write(
                        folder.resolve(IMAGES),
                        ImagesPicture.png(last.predictions().orElseThrow()));
            }
        }
        AtomicFile.write(folder.resolve(REPORT), MarkdownReport.of(run).getBytes(StandardCharsets.UTF_8));
    }
}
