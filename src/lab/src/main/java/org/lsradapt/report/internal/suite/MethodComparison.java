package org.lsradapt.report.internal.suite;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The comparison of a method with the reference method on the same models, tasks and seeds.
 *
 * @param byScore the differences for each of the suite's scores, positive if the method is better than the reference, with
 *     p-values corrected for all methods
 */
record MethodComparison(String tasks, String method, Map<SuiteScore, PairedDifferences> byScore) {

    MethodComparison {
        byScore = Map.copyOf(byScore);
    }

    /** Returns all comparisons: over the tasks that can be averaged, with and without small ones, and for each task that cannot. */
    static List<MethodComparison> all(SuiteResults suite, String reference) {
        Map<String, Predicate<CellResult>> groups = new LinkedHashMap<>();
        List<CellResult> large = suite.results().values().stream()
                .filter(result -> !result.smallerIsBetter())
                .toList();
        List<String> tasks = tasks(large.stream());
        String small = String.join(", ", tasks(large.stream().filter(CellResult::isSmall)));
        if (!tasks.isEmpty()) {
            String all = large.size() < suite.results().size() ? "all tasks with scores" : "all tasks";
            groups.put(tasks.size() == 1 ? tasks.get(0) : all, result -> !result.smallerIsBetter());
        }
        if (!small.isEmpty() && !large.stream().allMatch(CellResult::isSmall)) {
            groups.put("without " + small, result -> !result.smallerIsBetter() && !result.isSmall());
        }
        for (String task : tasks(suite.results().values().stream().filter(CellResult::smallerIsBetter))) {
            groups.put(
                    task,
                    result -> result.smallerIsBetter() && result.cell().task().equals(task));
        }
        return groups.entrySet().stream()
                .flatMap(group -> of(suite, reference, group.getKey(), group.getValue()).stream())
                .toList();
    }

    private static List<String> tasks(Stream<CellResult> results) {
        return results.map(result -> result.cell().task()).distinct().toList();
    }

    private static List<MethodComparison> of(
            SuiteResults suite, String reference, String tasks, Predicate<CellResult> which) {
        SuiteScore decisive = suite.scores().get(0);
        List<String> methods = suite.methods().stream()
                .filter(method -> !method.equals(reference))
                .filter(method -> differences(suite, reference, method, which, decisive).length > 0)
                .toList();
        List<Map<SuiteScore, PairedDifferences>> byMethod = methods.stream()
                .<Map<SuiteScore, PairedDifferences>>map(method -> new EnumMap<>(SuiteScore.class))
                .toList();
        for (SuiteScore score : suite.scores()) {
            List<PairedDifferences> corrected = PairedDifferences.corrected(methods.stream()
                    .map(method -> PairedDifferences.of(differences(suite, reference, method, which, score)))
                    .toList());
            for (int i = 0; i < methods.size(); i++) {
                byMethod.get(i).put(score, corrected.get(i));
            }
        }
        return IntStream.range(0, methods.size())
                .mapToObj(i -> new MethodComparison(tasks, methods.get(i), byMethod.get(i)))
                .toList();
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
