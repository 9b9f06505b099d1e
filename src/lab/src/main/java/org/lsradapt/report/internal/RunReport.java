package org.lsradapt.report.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** Makes the report of a run. */
final class RunReport {
    /** The most mistakes that are shown. */
    private static final int MISTAKES = 10;

    /** The most characters of a text that are shown. */
    private static final int TEXT = 300;

    /** The most cells of all confusion matrices. */
    static final int MOST_CELLS = 200_000;

    private final RunRecord run;
    private final Report report = new Report();

    /** The first seed of each method, if it is a classifier. */
    private final List<MethodResult> classifiers;

    private RunReport(RunRecord run) {
        this.run = run;
        classifiers = run.byMethod().values().stream()
                .map(results -> results.get(0))
                .filter(result -> result.predictions().isPresent())
                .toList();
    }

    static Report of(RunRecord run, Usage usage) throws IOException {
        RunReport sections = new RunReport(run);
        sections.comparison();
        sections.folds();
        sections.tuning();
        if (!sections.classifiers.isEmpty()) {
            sections.classifiers();
        }
        sections.labels();
        sections.calibration();
        sections.abstention();
        sections.usage(usage);
        sections.parameters();
        sections.settings();
        sections.conditions();
        sections.monitor();
        return sections.report;
    }

    private void comparison() {
        long seeds =
                run.results().stream().mapToLong(MethodResult::seed).distinct().count();
        report.title(run.title());
        report.text(Verdict.of(run));
        report.table(ComparisonTable.of(run));
        List<String> notes = new ArrayList<>();
        notes.add(
                (run.hasFolds()
                                ? "Metrics are of all rows together, the evaluation examples of this report, each predicted after the"
                                        + " last epoch by the model of a fold that was not trained on it. The saved model is"
                                        + " trained on all rows; nothing measures it"
                                : "Metrics are from the best epoch by " + run.primaryMetric()
                                        + (run.hasHeldOut()
                                                ? " on held-out training examples. They are measured on the evaluation examples,"
                                                        + " which did not choose it"
                                                : " on the evaluation examples"))
                        + (seeds > 1 ? "; mean ± standard deviation over " + seeds + " seeds" : "; one seed")
                        + ". The columns from adapters to trainable are numbers of trainable parameters. Times do not include evaluation.");
        notes.addAll(intervals());
        run.baselines().forEach(baseline -> notes.add(baseline.explanation()));
        report.lines(notes);
        Accuracies.of(run).ifPresent(accuracies -> report.text(accuracies.describe()));
        if (!run.remarks().isEmpty()) {
            report.text("About the data and the model:");
            report.points(run.remarks());
        }
        Stream.concat(run.notes().stream(), run.warnings().stream()).forEach(warning -> report.warning(warning + "."));
        if (!run.hasFolds()) {
            report.charts("Learning curves", LearningCurves.charts(run));
        }
    }

    private void folds() {
        if (run.hasFolds()) {
            report.heading(2, "Folds");
            report.text(
                    "The metrics of each fold's model on the fold's own rows, their mean and sample standard deviation,"
                            + " and the metrics of all rows together with their 95 % interval.");
            report.table(ValidationTables.folds(run));
        }
    }

    private void tuning() {
        if (run.tuned().isEmpty()) {
            return;
        }
        report.heading(2, "Search for rate and epochs");
        report.text("Trainings on a part of the training rows, scored by " + run.primaryMetric()
                + " on the other rows, with the first seed. Each stage has twice the epochs and the better half of the rates"
                + " of the one before; the last training has the best rate and twice the epochs. A star marks the trainings with the chosen rate."
                + " Differences between rates are often smaller than the chance of so few rows.");
        report.points(ValidationTables.chosen(run));
        report.table(ValidationTables.tuning(run));
    }

    private void abstention() {
        if (!run.abstentions().isEmpty()) {
            report.heading(2, "Abstention");
            report.text(
                    "Below the least probability, predict prints an empty label. In brackets: Wilson's 95 % intervals."
                            + (run.hasHeldOut()
                                    ? " The threshold was chosen on held-out training examples, not on the evaluation examples."
                                    : " The threshold was chosen on the rows that measure it, so the precision is a little too good."));
            report.points(run.abstentions());
        }
    }

    private List<String> intervals() {
        Set<String> measured = run.results().get(0).resamples().intervals().keySet();
        List<String> without = run.metricNames().stream()
                .filter(metric -> !measured.contains(metric))
                .toList();
        List<String> notes = new ArrayList<>();
        if (!measured.isEmpty()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "In brackets: the 95 %% interval of each metric, the 2.5th to 97.5th percentile of its values on %,d bootstrap"
                            + " samples of the evaluation examples (fixed seed); it accounts for the choice of examples, not of"
                            + " seeds.",
                    Resamples.COUNT));
        }
        if (!without.isEmpty()) {
            notes.add("There are no intervals of " + String.join(", ", without)
                    + ": they have no values by example, or the same one on each sample, as a perfect score has.");
        }
        return notes;
    }

    private void classifiers() throws IOException {
        MethodResult last = classifiers.get(classifiers.size() - 1);
        Predictions predictions = last.predictions().orElseThrow();
        confusion(predictions.labels().size());
        if (!predictions.images().isEmpty()) {
            report.text("Example images with the predictions of " + last.method() + ", mistakes first:");
            ExampleImages.of(predictions).addTo(report);
        }
        report.heading(2, "Scores by class");
        report.text("On the evaluation examples, seed " + last.seed()
                + ". Precision is the fraction of the examples predicted as a class that belong to it. Recall is the fraction of"
                + " the examples of a class that are predicted as such. F1 is the harmonic mean of both, and support is the"
                + " number of examples. A dash is 0/0. Classes that neither occur nor are predicted are omitted.");
        report.table(ScoreTable.byClass(classifiers));
        mistakes(last.method(), predictions);
    }

    private void confusion(int classes) {
        report.heading(2, "Confusion matrix");
        if ((long) classes * classes * classifiers.size() > MOST_CELLS) {
            report.text(String.format(
                    Locale.ROOT,
                    "The matrix of %,d classes is omitted: for %d methods, at most %,d cells are shown.",
                    classes,
                    classifiers.size(),
                    MOST_CELLS));
            return;
        }
        report.text("Numbers of evaluation examples, seed " + classifiers.get(0).seed()
                + ". Rows are the actual classes, columns the predicted ones.");
        classifiers.forEach(classifier ->
                report.confusion(classifier.method(), classifier.predictions().orElseThrow()));
    }

    private void mistakes(String method, Predictions predictions) {
        List<Integer> mistakes = predictions.mistakes();
        if (predictions.texts().isEmpty() || mistakes.isEmpty()) {
            return;
        }
        report.heading(2, "Most confident mistakes");
        report.text(String.format(
                Locale.ROOT,
                "%s is wrong about %,d of %,d evaluation examples. These are the wrong predictions with the highest probability."
                        + " Some of them may be correct, with a wrong label in the data.",
                method,
                mistakes.size(),
                predictions.right().size()));
        TextTable table = new TextTable(3, List.of("text", "labelled", "predicted", "probability"));
        for (int i : mistakes.subList(0, Math.min(MISTAKES, mistakes.size()))) {
            String text = predictions.texts().get(i);
            table.add(List.of(
                    cut(text),
                    predictions.labels().get(predictions.right().get(i)),
                    predictions.labels().get(predictions.found().get(i)),
                    String.format(Locale.ROOT, "%.3f", predictions.confidence().get(i))));
        }
        report.table(table);
    }

    private void labels() {
        List<MethodResult> results = ScoreTable.shown(run);
        if (results.isEmpty()) {
            return;
        }
        report.heading(2, "Scores by label");
        report.text(
                "On the evaluation data, seed " + results.get(0).seed()
                        + ". Precision is the fraction of the predictions that are right. Recall is the fraction of the true occurrences"
                        + " that are predicted. F1 is the harmonic mean of both, and support is the number of true occurrences.");
        results.forEach(result -> report.text(
                result.method() + ": " + result.labels().orElseThrow().counted()));
        report.table(ScoreTable.of(results));
        MethodResult last = results.get(results.size() - 1);
        inContext(last.method(), last.labels().orElseThrow().mistakes());
    }

    private void inContext(String method, List<LabelScores.Mistake> mistakes) {
        if (mistakes.isEmpty()) {
            return;
        }
        report.heading(2, "Mistakes in context");
        report.text(String.format(
                Locale.ROOT,
                "The first of %,d wrong or missed spans of %s. A dash stands for no label.",
                mistakes.size(),
                method));
        TextTable table = new TextTable(3, List.of("text", "labelled", "predicted"));
        mistakes.stream()
                .limit(MISTAKES)
                .forEach(one -> table.add(List.of(cut(one.context()), dash(one.labelled()), dash(one.predicted()))));
        report.table(table);
    }

    private static String dash(String label) {
        return label.isEmpty() ? ComparisonTable.NONE : label;
    }

    private static String cut(String text) {
        return text.length() <= TEXT ? text : text.substring(0, text.offsetByCodePoints(0, TEXT / 2)) + " …";
    }

    private void calibration() {
        if (run.calibrations().isEmpty()) {
            return;
        }
        report.heading(2, "Calibration");
        report.text(
                "The expected calibration error is the mean distance of the probability of an answer from the share of right"
                        + " answers, in " + Calibration.BINS + " bins of equal width of the probability. "
                        + (run.isCalibrated()
                                ? "Logits are divided by the temperature, which was fitted on the "
                                        + (run.hasHeldOut()
                                                ? "held-out training examples, not on the evaluation examples."
                                                : "evaluation examples themselves, so that the error after it is a little too good.")
                                : "--calibrate fits a temperature after the training."));
        report.points(run.calibrations());
    }

    private void usage(Usage usage) {
        report.heading(2, "Use the adapter");
        report.text("On the command line and in Java, from this folder:");
        report.code(usage.command());
        report.code(usage.java());
    }

    private void parameters() {
        report.details("Trainable parameters by layer");
        TextTable table = new TextTable(3, List.of("method", "layer", "parameters", "weight", "trainable"));
        run.byMethod().forEach((method, results) -> {
            for (LayerReport layer : results.get(0).layers()) {
                table.add(List.of(
                        method,
                        layer.name(),
                        layer.shapes(),
                        layer.in() + "×" + layer.out(),
                        ComparisonTable.count(layer.parameters())));
            }
        });
        report.table(table);
    }

    private void settings() {
        report.details("Settings");
        run.settings().forEach((section, values) -> {
            TextTable table = new TextTable(2, List.of(section, ""));
            values.forEach((name, value) -> table.add(List.of(name, String.valueOf(value))));
            report.table(table);
        });
    }

    private void conditions() {
        report.details("Condition numbers");
        report.text(
                "γ = (Σλ_k²)^½ / ‖M‖_F of A and B in each adapted layer at the best epoch, worst layer first; ‖ΔW‖ and κ₂"
                        + " of the update; and the relative error of the update that is expected if the factors are stored in each"
                        + " format: γ·μ, where μ is the unit round-off of the format.");
        for (MethodResult result : run.results()) {
            List<LayerReport.Sums> sums = sums(result.layers());
            if (sums.isEmpty()) {
                continue;
            }
            report.heading(3, result.method() + ", seed " + result.seed());
            if (sums.stream().allMatch(RunReport::isSingleTerm)) {
                report.text("All sums have one term, so γ = 1.");
                continue;
            }
            report.text("γ of A " + range(sums, one -> one.condition().a().value()) + ", of B "
                    + range(sums, one -> one.condition().b().value()) + ".");
            if (result.seed() == run.results().get(0).seed()) {
                report.table(ConditionTable.of(UpdateCondition.worstFirst(
                        sums.stream().map(LayerReport.Sums::condition).toList())));
            }
        }
    }

    private void monitor() {
        if (run.watched().isEmpty()) {
            return;
        }
        report.heading(2, "Condition numbers during training");
        report.text("The largest values of all layers, from the condition monitor. The values of each layer are in "
                + RunFolder.MONITOR_CSV + ".");
        report.charts("Condition numbers by step", ConditionCharts.monitor(run.watched()));
        report.points(run.watched().stream().map(RunReport::exceeded).toList());
    }

    private static String exceeded(MethodResult result) {
        long exceeded =
                result.training().readings().stream().filter(Reading::exceeded).count();
        return result.method() + ", seed " + result.seed() + ": " + exceeded + " of "
                + result.training().readings().size() + " readings exceeded the bound, "
                + result.training().skippedSteps()
                + " steps were skipped because of an overflow";
    }

    private static List<LayerReport.Sums> sums(List<LayerReport> layers) {
        return layers.stream().flatMap(layer -> layer.sums().stream()).toList();
    }

    private static boolean isSingleTerm(LayerReport.Sums sums) {
        return sums.a().terms() == 1 && sums.b().terms() == 1;
    }

    private static String range(List<LayerReport.Sums> sums, ToDoubleFunction<LayerReport.Sums> value) {
        double least = sums.stream().mapToDouble(value).min().orElse(Double.NaN);
        double most = sums.stream().mapToDouble(value).max().orElse(Double.NaN);
        return String.format(Locale.ROOT, "%.3f to %.3f", least, most);
    }
}
