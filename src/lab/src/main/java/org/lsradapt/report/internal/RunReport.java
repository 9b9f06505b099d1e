package org.lsradapt.report.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** Writes the report of a run on pages. */
final class RunReport {
    /** The most mistakes that are shown. */
    private static final int MISTAKES = 10;

    /** The most characters of a text that are shown. */
    private static final int TEXT = 300;

    private final RunRecord run;
    private final Usage usage;
    private final Page page;

    private RunReport(RunRecord run, Usage usage, Page page) {
        this.run = run;
        this.usage = usage;
        this.page = page;
    }

    static String of(RunRecord run, Usage usage, Page page) throws IOException {
        RunReport report = new RunReport(run, usage, page);
        report.comparison();
        report.confusion();
        report.classes();
        report.mistakes();
        report.labels();
        report.usage();
        report.parameters();
        report.settings();
        report.conditioning();
        report.monitor();
        return page.content();
    }

    private void comparison() throws IOException {
        long seeds =
                run.results().stream().mapToLong(MethodResult::seed).distinct().count();
        page.heading(1, run.title());
        page.table(ComparisonTable.of(run));
        boolean heldOut =
                run.results().stream().anyMatch(result -> result.measured().isPresent());
        List<String> notes = new ArrayList<>();
        notes.add("Metrics are those of the best epoch by " + run.primaryMetric()
                + (heldOut
                        ? " on held-out training examples, measured on the evaluation examples, which have chosen nothing"
                        : " on the evaluation examples")
                + (seeds > 1 ? ", mean ± standard deviation over " + seeds + " seeds" : ", one seed")
                + ". Columns adapters to trainable count trainable parameters. Seconds are training only.");
        run.baselines().forEach(baseline -> notes.add(baseline.explanation()));
        page.lines(notes);
        String certainty = ClassifierSections.certainty(run);
        if (!certainty.isEmpty()) {
            page.text(certainty);
        }
        Stream.concat(run.notes().stream(), run.warnings().stream()).forEach(warning -> page.warning(warning + "."));
        page.charts("Learning curves", RunFolder.CURVES, LearningCurves.charts(run));
    }

    private void classes() {
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (classifiers.isEmpty()) {
            return;
        }
        page.heading(2, "Each class");
        page.text(
                "On the evaluation examples, with seed " + classifiers.get(0).seed()
                        + ". Precision is the part of the examples taken"
                        + " for a class that are of it, recall the part of its examples that were found, F1 their harmonic mean, support"
                        + " the number of its examples; - is 0 of 0. Classes that no example has or is taken for are left out.");
        page.table(ClassifierSections.byClass(classifiers));
    }

    private void confusion() throws IOException {
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (classifiers.isEmpty()) {
            return;
        }
        page.heading(2, "Which classes are taken for which");
        if (ConfusionPicture.fits(classifiers)) {
            page.text("Of the evaluation examples, in rows their class and in columns what the model says, with seed "
                    + classifiers.get(0).seed() + ".");
            page.confusion(RunFolder.CONFUSION, classifiers);
        } else {
            page.text(String.format(
                    Locale.ROOT,
                    "There is no picture of that: for %,d classes and methods %s it would have more than %,d pixels.",
                    ConfusionPicture.classes(classifiers),
                    String.join(
                            ", ", classifiers.stream().map(MethodResult::method).toList()),
                    ConfusionPicture.MOST_PIXELS));
        }
        MethodResult last = classifiers.get(classifiers.size() - 1);
        Predictions predictions = last.predictions().orElseThrow();
        if (!predictions.images().isEmpty()) {
            page.text("Some images as " + last.method() + " sees them, mistakes first:");
            page.picture("Images with their classes", RunFolder.IMAGES, ImagesPicture.png(predictions));
        }
    }

    private void mistakes() {
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (classifiers.isEmpty()) {
            return;
        }
        MethodResult last = classifiers.get(classifiers.size() - 1);
        Predictions predictions = last.predictions().orElseThrow();
        List<Integer> mistakes = predictions.mistakes();
        if (predictions.texts().isEmpty() || mistakes.isEmpty()) {
            return;
        }
        page.heading(2, "Most confident mistakes");
        page.text(String.format(
                Locale.ROOT,
                "%s is wrong about %,d of %,d evaluation examples. These are the wrong answers with the highest probability;"
                        + " look for wrong labels among them.",
                last.method(),
                mistakes.size(),
                predictions.right().size()));
        TextTable table = new TextTable(3, List.of("text", "labelled", "predicted", "probability"));
        for (int i : mistakes.subList(0, Math.min(MISTAKES, mistakes.size()))) {
            String text = predictions.texts().get(i);
            table.add(List.of(
                    text.length() <= TEXT ? text : text.substring(0, text.offsetByCodePoints(0, TEXT / 2)) + " …",
                    predictions.labels().get(predictions.right().get(i)),
                    predictions.labels().get(predictions.found().get(i)),
                    String.format(Locale.ROOT, "%.3f", predictions.confidence().get(i))));
        }
        page.table(table);
    }

    private void labels() {
        List<MethodResult> results = LabelTable.shown(run);
        if (results.isEmpty()) {
            return;
        }
        page.heading(2, "Each label");
        page.text("On the evaluation data, with seed " + results.get(0).seed()
                + ". Precision is the part of what was found that is right, recall the part of what is right that was found, F1 their"
                + " harmonic mean, support how many there are.");
        results.forEach(result ->
                page.text(result.method() + ": " + result.labels().orElseThrow().counted()));
        page.table(LabelTable.of(results));
    }

    private void usage() {
        page.heading(2, "Use the adapter");
        page.text("From this folder, on the command line and in Java:");
        page.code(usage.command());
        page.code(usage.java());
    }

    private void parameters() {
        page.details("Trainable parameters per layer");
        TextTable table = new TextTable(3, List.of("method", "layer", "A and B, or what else", "weight", "trainable"));
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
        page.table(table);
    }

    private void settings() {
        page.details("Settings");
        run.settings().forEach((section, values) -> {
            TextTable table = new TextTable(2, List.of(section, ""));
            values.forEach((name, value) -> table.add(List.of(name, String.valueOf(value))));
            page.table(table);
        });
    }

    private void conditioning() {
        page.details("Condition numbers");
        page.text("γ = (Σλ_k²)^½ / ‖M‖_F of A and of B in each adapted layer, of the best epoch, the worst layer first;"
                + " ‖ΔW‖ and κ₂ of the update; and the relative error of the update that γ·μ lets expect of factors"
                + " stored in each format, μ its unit round-off.");
        for (MethodResult result : run.results()) {
            List<LayerReport.Sums> sums = sums(result.layers());
            if (sums.isEmpty()) {
                continue;
            }
            page.heading(3, result.method() + ", seed " + result.seed());
            if (sums.stream().allMatch(RunReport::isSingleTerm)) {
                page.text("One term each: γ = 1 throughout.");
                continue;
            }
            page.text("γ of A " + range(sums, one -> one.condition().a().value()) + ", of B "
                    + range(sums, one -> one.condition().b().value()) + ".");
            if (result.seed() == run.results().get(0).seed()) {
                page.table(ConditionTable.of(UpdateCondition.worstFirst(
                        sums.stream().map(LayerReport.Sums::condition).toList())));
            }
        }
    }

    private void monitor() {
        if (run.watched().isEmpty()) {
            return;
        }
        page.heading(2, "During training");
        page.text("What the condition monitor saw, the largest of all layers; per layer in " + RunFolder.MONITOR_CSV
                + ".");
        page.charts("Condition numbers over the steps", RunFolder.MONITOR, MonitorPicture.charts(run.watched()));
        page.points(run.watched().stream().map(RunReport::exceeded).toList());
    }

    private static String exceeded(MethodResult result) {
        long exceeded =
                result.training().readings().stream().filter(Reading::exceeded).count();
        return result.method() + ", seed " + result.seed() + ": bound exceeded in " + exceeded + " of "
                + result.training().readings().size() + " readings, "
                + result.training().skippedSteps()
                + " steps skipped for an overflow";
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
