package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The comparison of a method with the reference method on the same models, tasks and seeds.
 *
 * @param byScore the differences for each of the suite's scores
 */
record MethodComparison(String tasks, String method, Map<SuiteScore, Difference> byScore) {

    /**
     * The difference for one score.
     *
     * @param paired differences, positive if the method is better than the reference
     * @param holm their p-value, corrected for all methods
     */
    record Difference(PairedDifferences paired, double holm) {}

    MethodComparison {
        byScore = Map.copyOf(byScore);
    }

    /** Returns all comparisons: over the tasks that can be averaged, with and without small ones, and for each task that cannot. */
    static List<MethodComparison> all(SuiteResults suite, String reference) {
        Map<String, Predicate<CellResult>> groups = new LinkedHashMap<>();
        List<CellResult> large = suite.results().values().stream()
                .filter(r -> !r.smallerIsBetter())
                .toList();
        if (!large.isEmpty()) {
            groups.put(
                    large.stream().map(r -> r.cell().task()).distinct().count() == 1
                            ? large.get(0).cell().task()
                            : "all tasks" + (large.size() < suite.results().size() ? " with scores" : ""),
                    result -> !result.smallerIsBetter());
        }
        List<String> small = large.stream()
                .map(CellResult::cell)
                .filter(SuiteResults::isSmall)
                .map(SuiteCell::task)
                .distinct()
                .toList();
        if (!small.isEmpty() && large.stream().anyMatch(r -> !SuiteResults.isSmall(r.cell()))) {
            groups.put(
                    "without " + String.join(", ", small),
                    result -> !result.smallerIsBetter() && !SuiteResults.isSmall(result.cell()));
        }
        suite.results().values().stream()
                .filter(CellResult::smallerIsBetter)
                .map(result -> result.cell().task())
                .distinct()
                .forEach(task -> groups.put(
                        task,
                        result ->
                                result.smallerIsBetter() && result.cell().task().equals(task)));
        List<MethodComparison> all = new ArrayList<>();
        groups.forEach((tasks, which) -> all.addAll(of(suite, reference, tasks, which)));
        return all;
    }

    private static List<MethodComparison> of(
            SuiteResults suite, String reference, String tasks, Predicate<CellResult> which) {
        List<String> methods = suite.methods().stream()
                .filter(method -> !method.equals(reference))
                .filter(method -> differences(
                                        suite,
                                        reference,
                                        method,
                                        which,
                                        suite.scores().get(0))
                                .length
                        > 0)
                .toList();
        List<Map<SuiteScore, Difference>> byMethod = new ArrayList<>();
        methods.forEach(method -> byMethod.add(new EnumMap<>(SuiteScore.class)));
        for (SuiteScore score : suite.scores()) {
            List<PairedDifferences> paired = methods.stream()
                    .map(method -> PairedDifferences.of(differences(suite, reference, method, which, score)))
                    .toList();
            double[] holm = holm(paired);
            for (int i = 0; i < holm.length; i++) {
                byMethod.get(i).put(score, new Difference(paired.get(i), holm[i]));
            }
        }
        List<MethodComparison> all = new ArrayList<>();
        for (String method : methods) {
            all.add(new MethodComparison(tasks, method, byMethod.get(all.size())));
        }
        return all;
    }

    private static double[] holm(List<PairedDifferences> differences) {
        return PairedDifferences.holm(
                differences.stream().mapToDouble(PairedDifferences::p).toArray());
    }

    private static double[] differences(
            SuiteResults suite, String reference, String method, Predicate<CellResult> which, SuiteScore score) {
        return suite.results().values().stream()
                .filter(which)
                .filter(result -> result.cell().method().equals(reference))
                .flatMap(result -> partner(suite, result, method)
                        .map(other -> (score.of(other) - score.of(result)) * (result.smallerIsBetter() ? -1 : 1)))
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .toArray();
    }

    private static Stream<CellResult> partner(SuiteResults suite, CellResult result, String method) {
        SuiteCell cell = result.cell();
        return suite.results(cell.model(), cell.task(), method).stream()
                .filter(other -> other.cell().seed() == cell.seed());
    }
}
