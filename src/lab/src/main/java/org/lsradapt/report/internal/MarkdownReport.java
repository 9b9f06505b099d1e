package org.lsradapt.report.internal;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;

/** A run as a page for people. */
final class MarkdownReport {

    private final RunRecord run;
    private final StringBuilder page = new StringBuilder();

    private MarkdownReport(RunRecord run) {
        this.run = run;
    }

    static String of(RunRecord run) {
        MarkdownReport report = new MarkdownReport(run);
        report.comparison();
        report.classes();
        report.confusion();
        report.labels();
        report.parameters();
        report.settings();
        report.conditioning();
        report.monitor();
        return report.page.toString();
    }

    private void comparison() {
        long seeds =
                run.results().stream().mapToLong(MethodResult::seed).distinct().count();
        text("# " + run.title());
        page.append(ComparisonTable.of(run).toMarkdown());
        line("");
        boolean heldOut =
                run.results().stream().anyMatch(result -> result.measured().isPresent());
        line("Metrics are those of the best epoch by " + run.primaryMetric()
                + (heldOut
                        ? " on held-out training examples, measured on the evaluation examples, which have chosen nothing"
                        : " on the evaluation examples")
                + (seeds > 1 ? ", mean ± standard deviation over " + seeds + " seeds" : ", one seed")
                + ". Columns adapters to trainable count trainable parameters. Seconds are training only.");
        run.baselines().forEach(baseline -> line(baseline.explanation()));
        line("");
        String certainty = ClassifierSections.certainty(run);
        if (!certainty.isEmpty()) {
            text(certainty);
        }
        for (String warning : run.warnings()) {
            text("**Warning:** " + warning + ".");
        }
        text("![Learning curves](" + RunFolder.CURVES + ")");
    }

    private void classes() {
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (classifiers.isEmpty()) {
            return;
        }
        text("## Each class");
        text(
                "On the evaluation examples, with seed " + classifiers.get(0).seed()
                        + ". Precision is the part of the examples taken"
                        + " for a class that are of it, recall the part of its examples that were found, F1 their harmonic mean, support"
                        + " the number of its examples; - is 0 of 0. Classes that no example has or is taken for are left out.");
        page.append(ClassifierSections.byClass(classifiers).toMarkdown());
        line("");
    }

    private void confusion() {
        List<MethodResult> classifiers = ConfusionPicture.shown(run);
        if (classifiers.isEmpty()) {
            return;
        }
        text("## Which classes are taken for which");
        if (ConfusionPicture.fits(classifiers)) {
            text("Of the evaluation examples, in rows their class and in columns what the model says, with seed "
                    + classifiers.get(0).seed() + ".");
            line("![Confusion matrix](" + RunFolder.CONFUSION + ")");
        } else {
            line(String.format(
                    Locale.ROOT,
                    "There is no picture of that: for %,d classes and methods %s it would have more than %,d pixels.",
                    ConfusionPicture.classes(classifiers),
                    String.join(
                            ", ", classifiers.stream().map(MethodResult::method).toList()),
                    ConfusionPicture.MOST_PIXELS));
        }
        line("");
        MethodResult last = classifiers.get(classifiers.size() - 1);
        if (!last.predictions().orElseThrow().images().isEmpty()) {
            text("Some images as " + last.method() + " sees them, mistakes first:");
            text("![Images with their classes](" + RunFolder.IMAGES + ")");
        }
    }

    private void labels() {
        List<MethodResult> results = LabelTable.shown(run);
        if (results.isEmpty()) {
            return;
        }
        text("## Each label");
        text("On the evaluation data, with seed " + results.get(0).seed()
                + ". Precision is the part of what was found that is right, recall the part of what is right that was found, F1 their"
                + " harmonic mean, support how many there are.");
        results.forEach(result ->
                text(result.method() + ": " + result.labels().orElseThrow().counted()));
        page.append(LabelTable.of(results).toMarkdown());
        line("");
    }

    private void parameters() {
        text("## Trainable parameters per layer");
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
        page.append(table.toMarkdown());
        line("");
    }

    private void settings() {
        line("## Settings");
        run.settings().forEach((section, values) -> {
            line("");
            TextTable table = new TextTable(2, List.of(section, ""));
            values.forEach((name, value) -> table.add(List.of(name, String.valueOf(value))));
            page.append(table.toMarkdown());
        });
        line("");
    }

    private void conditioning() {
        text("## Condition numbers");
        line("γ = (Σλ_k²)^½ / ‖M‖_F of A and of B in each adapted layer, of the best epoch, the worst layer first;"
                + " ‖ΔW‖ and κ₂ of the update; and the relative error of the update that γ·μ lets expect of factors"
                + " stored in each format, μ its unit round-off.");
        for (MethodResult result : run.results()) {
            List<LayerReport.Sums> sums = sums(result.layers());
            if (sums.isEmpty()) {
                continue;
            }
            line("");
            text("### " + result.method() + ", seed " + result.seed());
            if (sums.stream().allMatch(MarkdownReport::isSingleTerm)) {
                line("One term each: γ = 1 throughout.");
                continue;
            }
            line("γ of A " + range(sums, one -> one.condition().a().value()) + ", of B "
                    + range(sums, one -> one.condition().b().value()) + ".");
            if (result.seed() == run.results().get(0).seed()) {
                line("");
                page.append(ConditionTable.of(UpdateCondition.worstFirst(
                                sums.stream().map(LayerReport.Sums::condition).toList()))
                        .toMarkdown());
            }
        }
    }

    private void monitor() {
        if (run.watched().isEmpty()) {
            return;
        }
        line("");
        text("## During training");
        text("What the condition monitor saw, the largest of all layers; per layer in " + RunFolder.MONITOR_CSV + ".");
        text("![Condition numbers over the steps](" + RunFolder.MONITOR + ")");
        for (MethodResult result : run.watched()) {
            long exceeded = result.training().readings().stream()
                    .filter(Reading::exceeded)
                    .count();
            line("- " + result.method() + ", seed " + result.seed() + ": bound exceeded in " + exceeded + " of "
                    + result.training().readings().size() + " readings, "
                    + result.training().skippedSteps()
                    + " steps skipped for an overflow");
        }
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

    private void text(String paragraph) {
        line(paragraph);
        line("");
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
