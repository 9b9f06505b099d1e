package org.lsradapt.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.data.Abstention;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.training.Predictions;

/**
 * The record of a run: some methods with some seeds on one task.
 *
 * @param model the base model's name or folder
 * @param title task and model in a heading, such as {@code WordNet glosses, MiniLM}
 * @param primaryMetric the metric that chooses the best epoch
 * @param baselines the baselines that need no training, if any
 * @param settings sections of settings by name; values are numbers, strings, booleans, or lists of them
 * @param results one result per method and seed, in the order in which they ran
 * @param notes warnings about the data, one sentence each without its full stop
 * @param tuned the searches for rates and epochs; empty without any
 * @param remarks what was held out, merged, left out or chosen, one sentence each without its full stop
 */
public record RunRecord(
        String task,
        String model,
        String title,
        String primaryMetric,
        List<Baseline> baselines,
        Map<String, Map<String, Object>> settings,
        List<MethodResult> results,
        List<String> notes,
        List<TunedMethod> tuned,
        List<String> remarks) {
    /** The name of the setting of the precision that abstention is to reach. */
    public static final String ABSTAIN = "abstain below precision";

    /** Copies the lists. */
    public RunRecord {
        baselines = List.copyOf(baselines);
        results = List.copyOf(results);
        notes = List.copyOf(notes);
        tuned = List.copyOf(tuned);
        remarks = List.copyOf(remarks);
    }

    /** Returns the results of each method; the methods are in the order in which they first ran. */
    public Map<String, List<MethodResult>> byMethod() {
        Map<String, List<MethodResult>> byMethod = new LinkedHashMap<>();
        for (MethodResult result : results) {
            byMethod.computeIfAbsent(result.method(), method -> new ArrayList<>())
                    .add(result);
        }
        return byMethod;
    }

    /** Returns the results of trainings with a condition monitor. */
    public List<MethodResult> watched() {
        return results.stream()
                .filter(result -> !result.training().readings().isEmpty())
                .toList();
    }

    /** Whether held-out training examples chose the best evaluations. */
    public boolean hasHeldOut() {
        return results.stream().anyMatch(result -> result.measured().isPresent());
    }

    /** Returns warnings about the results, one sentence each without its full stop. */
    public List<String> warnings() {
        return Stream.concat(
                        results.stream().limit(1).flatMap(result -> result.labelWarnings().stream()),
                        results.stream()
                                .flatMap(result -> result.predictions().flatMap(Predictions::warning).stream()
                                        .map(warning -> result.method() + ", seed " + result.seed() + ": " + warning)))
                .toList();
    }

    /** Returns a sentence on the calibration of each classifier, without its full stop. */
    public List<String> calibrations() {
        return results.stream()
                .flatMap(result -> result.calibration().stream()
                        .map(one -> result.method() + ", seed " + result.seed() + ": " + one.describe()))
                .toList();
    }

    /** Whether the results are those of a cross-validation. */
    public boolean hasFolds() {
        return results.stream().anyMatch(result -> !result.folds().isEmpty());
    }

    /** Returns a sentence on the answered rows of each classifier that was to abstain, without its full stop. */
    public List<String> abstentions() {
        return Optional.ofNullable(settings.getOrDefault("training", Map.of()).get(ABSTAIN)).stream()
                .flatMap(precision -> results.stream()
                        .map(result -> result.method() + ", seed " + result.seed() + ": "
                                + result.abstention()
                                        .map(Abstention::describe)
                                        .orElseGet(() -> Abstention.describeNone((Double) precision))))
                .toList();
    }

    /** Whether classifiers were calibrated. */
    public boolean isCalibrated() {
        return results.stream()
                .flatMap(result -> result.calibration().stream())
                .anyMatch(one -> !one.temperatures().isEmpty());
    }

    /** Whether a metric is better if it is smaller. */
    public static boolean isSmallerBetter(String metric) {
        return Set.of("perplexity", "pseudo_perplexity", "mae").contains(metric);
    }

    /** Returns the names of the metrics, in the task's order. */
    public List<String> metricNames() {
        return results.isEmpty()
                ? List.of()
                : List.copyOf(results.get(0).training().best().metrics().keySet());
    }
}
