package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.finetuning.validation.CrossValidation;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.TunedMethod;

/** Tables of folds and of searches for settings. */
final class ValidationTables {

    private ValidationTables() {}

    /** Returns a row for each fold, for their mean and spread, and for all rows together, per method and seed. */
    static TextTable folds(RunRecord run) {
        List<String> header = new ArrayList<>(List.of("method", "fold", "rows"));
        header.addAll(run.metricNames());
        TextTable table = new TextTable(2, header);
        for (MethodResult result : run.results()) {
            String title = result.method() + ", seed " + result.seed();
            int rows = 0;
            int number = 0;
            for (CrossValidation.Fold fold : result.folds()) {
                rows += fold.rows();
                number++;
                table.add(row(
                        run,
                        title,
                        String.valueOf(number),
                        fold.rows(),
                        name -> number(fold.metrics().get(name))));
            }
            table.add(row(run, title, "mean", rows / result.folds().size(), name -> spread(result, name)));
            table.add(row(run, title, "all rows", rows, name -> pooled(result, name)));
        }
        return table;
    }

    private static List<String> row(
            RunRecord run, String title, String fold, int rows, Function<String, String> metric) {
        return Stream.concat(
                        Stream.of(title, fold, ComparisonTable.count(rows)),
                        run.metricNames().stream().map(metric))
                .toList();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String spread(MethodResult result, String metric) {
        return Spread.of(result.folds().stream()
                        .map(fold -> fold.metrics().get(metric))
                        .toList())
                .format(4);
    }

    private static String pooled(MethodResult result, String metric) {
        return number(result.metrics().get(metric))
                + result.resamples()
                        .interval(metric)
                        .map(interval -> " (" + interval + ")")
                        .orElse("");
    }

    static List<String> describe(RunRecord run) {
        return run.results().stream()
                .filter(result -> !result.folds().isEmpty())
                .map(result -> result.method() + ", seed " + result.seed() + ": mean of "
                        + result.folds().size()
                        + " folds"
                        + run.metricNames().stream()
                                .map(name -> "  " + name + " " + spread(result, name))
                                .reduce("", String::concat))
                .toList();
    }

    static List<String> chosen(RunRecord run) {
        return run.tuned().stream()
                .map(method -> method.method() + ": rate " + method.best().rate() + ", "
                        + method.best().epochs() + " epochs")
                .toList();
    }

    static TextTable tuning(RunRecord run) {
        TextTable table = new TextTable(1, List.of("method", "rate", "epochs", run.primaryMetric(), "s"));
        for (TunedMethod method : run.tuned()) {
            method.trials().forEach(trial -> {
                String score = trial.score().isPresent() ? number(trial.score().getAsDouble()) : "diverged";
                table.add(List.of(
                        method.method(),
                        String.valueOf(trial.rate()),
                        String.valueOf(trial.epochs()),
                        method.hasRate(trial) ? score + " *" : score,
                        String.format(Locale.ROOT, "%.1f", trial.seconds())));
            });
        }
        return table;
    }
}
