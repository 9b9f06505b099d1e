package org.lsradapt.report.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.data.metrics.WilsonInterval;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/**
 * The accuracies of classifiers, and which of them differ by more than the choice of evaluation examples explains.
 *
 * @param byMethod mean accuracies over the seeds
 * @param majority the accuracy of the majority class
 * @param examples the number of evaluation examples
 */
record Accuracies(Map<String, Double> byMethod, double majority, int examples) {
    private static final String MAJORITY = "the majority class";

    /** Returns the accuracies of a run; empty if it has no classifiers. */
    static Optional<Accuracies> of(RunRecord run) {
        Map<String, Double> accuracies = new LinkedHashMap<>();
        run.byMethod()
                .forEach((method, results) -> results.stream()
                        .flatMap(result -> result.predictions().stream())
                        .mapToDouble(Predictions::accuracy)
                        .average()
                        .ifPresent(accuracy -> accuracies.put(method, accuracy)));
        return run.results().stream()
                .map(MethodResult::predictions)
                .flatMap(Optional::stream)
                .findFirst()
                .map(any -> new Accuracies(
                        accuracies, any.majorityAccuracy(), any.right().size()));
    }

    /** Returns sentences with confidence intervals, and the differences for which there are too few evaluation examples. */
    String describe() {
        String intervals = byMethod.entrySet().stream()
                .map(one -> String.format(
                        Locale.ROOT,
                        "%s %.3f (%s)",
                        one.getKey(),
                        one.getValue(),
                        WilsonInterval.of(one.getValue(), examples)))
                .collect(Collectors.joining(", "));
        Map<String, Double> compared = new LinkedHashMap<>(byMethod);
        compared.put(MAJORITY, majority);
        String best = compared.entrySet().stream()
                .reduce((one, other) -> other.getValue() > one.getValue() ? other : one)
                .orElseThrow()
                .getKey();
        WilsonInterval interval = WilsonInterval.of(compared.remove(best), examples);
        compared.values().removeIf(accuracy -> !interval.contains(accuracy));
        return String.format(
                Locale.ROOT,
                "Accuracy on %,d evaluation examples with 95 %% confidence intervals (Wilson's; they account for the choice of"
                        + " examples, not of seeds): %s. %s",
                examples,
                intervals,
                verdict(best, interval, List.copyOf(compared.keySet())));
    }

    private String verdict(String best, WilsonInterval interval, List<String> inside) {
        return inside.isEmpty()
                ? String.format(Locale.ROOT, "No other accuracy lies in the interval of %s (%s).", best, interval)
                : String.format(
                        Locale.ROOT,
                        "%s in the interval of %s (%s): %,d examples are too few to tell %s from %s.",
                        inside.size() == 1
                                ? "The accuracy of " + inside.get(0) + " lies"
                                : "The accuracies of " + and(inside) + " lie",
                        best,
                        interval,
                        examples,
                        best,
                        and(inside));
    }

    private static String and(List<String> names) {
        int last = names.size() - 1;
        return last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }
}
