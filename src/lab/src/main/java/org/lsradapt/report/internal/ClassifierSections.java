package org.lsradapt.report.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** The sections of a report on classifiers, apart from their metrics. */
final class ClassifierSections {
    private static final String MAJORITY = "the majority class";

    private ClassifierSections() {}

    /**
     * Describes the methods' accuracies with intervals, and the differences for which there are too few evaluation
     * examples. The majority class counts as a method.
     *
     * @return sentences; empty if there are no classifiers
     */
    static String certainty(RunRecord run) {
        Map<String, Double> accuracies = new LinkedHashMap<>();
        int examples = 0;
        double majority = 0;
        for (Map.Entry<String, List<MethodResult>> method : run.byMethod().entrySet()) {
            List<Predictions> all = method.getValue().stream()
                    .flatMap(result -> result.predictions().stream())
                    .toList();
            if (!all.isEmpty()) {
                accuracies.put(
                        method.getKey(),
                        all.stream()
                                .mapToDouble(Predictions::accuracy)
                                .average()
                                .orElseThrow());
                examples = all.get(0).right().size();
                majority = all.get(0).majorityAccuracy();
            }
        }
        if (accuracies.isEmpty()) {
            return "";
        }
        int trials = examples;
        String intervals = accuracies.entrySet().stream()
                .map(method -> String.format(
                        Locale.ROOT,
                        "%s %.3f (%s)",
                        method.getKey(),
                        method.getValue(),
                        WilsonInterval.of(method.getValue(), trials)))
                .collect(Collectors.joining(", "));
        Map<String, Double> compared = new LinkedHashMap<>(accuracies);
        compared.put(MAJORITY, majority);
        String best = compared.entrySet().stream()
                .reduce((one, other) -> other.getValue() > one.getValue() ? other : one)
                .orElseThrow()
                .getKey();
        WilsonInterval interval = WilsonInterval.of(compared.get(best), trials);
        List<String> inside = compared.entrySet().stream()
                .filter(other -> !other.getKey().equals(best) && interval.contains(other.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        String verdict = inside.isEmpty()
                ? String.format(Locale.ROOT, "No other accuracy lies in the interval of %s (%s).", best, interval)
                : String.format(
                        Locale.ROOT,
                        "%s in the interval of %s (%s): %,d examples are too few to tell %s from %s.",
                        inside.size() == 1 ? "That of " + inside.get(0) + " lies" : "Those of " + and(inside) + " lie",
                        best,
                        interval,
                        trials,
                        best,
                        and(inside));
        return String.format(
                Locale.ROOT,
                "Accuracy on %,d evaluation examples with 95 %% confidence intervals (Wilson; over the choice of examples, not over"
                        + " seeds): %s. %s",
                trials,
                intervals,
                verdict);
    }

    private static String and(List<String> names) {
        int last = names.size() - 1;
        return last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /**
     * Returns precision, recall, F1 and support of each class that is the right one or the predicted one of an example, per
     * classifier.
     */
    static TextTable byClass(List<MethodResult> classifiers) {
        TextTable table = new TextTable(2, List.of("method", "class", "precision", "recall", "F1", "support"));
        for (MethodResult classifier : classifiers) {
            for (Predictions.ClassScore score :
                    classifier.predictions().orElseThrow().byClass()) {
                if (score.support() > 0 || !Double.isNaN(score.precision())) {
                    table.add(List.of(
                            classifier.method(),
                            score.label(),
                            number(score.precision()),
                            number(score.recall()),
                            number(score.f1()),
                            ComparisonTable.count(score.support())));
                }
            }
        }
        return table;
    }

    private static String number(double score) {
        return Double.isNaN(score) ? ComparisonTable.NONE : String.format(Locale.ROOT, "%.4f", score);
    }
}
