package org.lsradapt.report.internal;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.data.metrics.WilsonInterval;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** The first sentence of a report: the best method's score, that of the simplest rule, and how sure it is. */
final class Verdict {
    private static final String ACCURACY = "accuracy";

    /** The most characters of a label that are shown. */
    private static final int LABEL = 60;

    private final RunRecord run;
    private final String metric;
    private final String method;
    private final List<MethodResult> results;
    private final Optional<Predictions> predictions;

    private Verdict(RunRecord run) {
        this.run = run;
        boolean classifies = run.results().get(0).predictions().isPresent()
                && run.metricNames().contains(ACCURACY);
        metric = classifies ? ACCURACY : run.primaryMetric();
        Map.Entry<String, List<MethodResult>> best = run.byMethod().entrySet().stream()
                .max(Comparator.comparingDouble(entry -> merit(mean(entry.getValue()))))
                .orElseThrow();
        method = best.getKey();
        results = best.getValue();
        predictions = classifies ? results.get(0).predictions() : Optional.empty();
    }

    static String of(RunRecord run) {
        return new Verdict(run).sentence();
    }

    /** Makes larger numbers better ones. */
    private double merit(double value) {
        return RunRecord.isSmallerBetter(metric) ? -value : value;
    }

    private double mean(List<MethodResult> some) {
        return some.stream()
                .mapToDouble(result -> result.metrics().get(metric))
                .average()
                .orElseThrow();
    }

    private String sentence() {
        double value = mean(results);
        Optional<Double> simple = simple();
        return method + ": " + number(value) + " " + metric + " on " + rows()
                + simple.map(other -> ", " + number(other) + " by " + rule()).orElse("")
                + interval(value)
                        .map(range -> "; " + range + " with 95 % confidence")
                        .orElse("")
                + (simple.isPresent() && merit(value) <= merit(simple.get())
                        ? ". This is no better than " + rule()
                        : "")
                + ".";
    }

    private String rows() {
        String examples = run.hasFolds() ? "rows that its model has not seen" : "evaluation rows";
        return predictions
                .map(all -> String.format(Locale.ROOT, "%,d %s", all.right().size(), examples))
                .orElse(run.hasFolds() ? examples : "the evaluation data");
    }

    private Optional<Double> simple() {
        return predictions
                .map(Predictions::majorityAccuracy)
                .or(() -> baseline().map(known -> known.metrics().get(metric)));
    }

    private Optional<Baseline> baseline() {
        return run.baselines().stream()
                .filter(known -> known.metrics().containsKey(metric))
                .findFirst();
    }

    private String rule() {
        return predictions
                .map(all -> "always saying " + shortened(all.majority()))
                .orElseGet(() -> "the " + baseline().map(Baseline::name).orElseThrow());
    }

    private static String shortened(String label) {
        return label.length() <= LABEL ? label : label.substring(0, label.offsetByCodePoints(0, LABEL / 2)) + "…";
    }

    private Optional<String> interval(double value) {
        return predictions.isPresent()
                ? Optional.of(WilsonInterval.of(value, predictions.get().right().size())
                        .toString())
                : Resamples.mean(results.stream().map(MethodResult::resamples).toList())
                        .interval(metric)
                        .map(Resamples.Interval::toString);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
    }
}
