package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * A method beside the one that all are compared with, on the same models, tasks and seeds.
 *
 * @param tasks which tasks
 * @param method the method
 * @param best differences of the best evaluations; positive where the method is better
 * @param bestHolm p-value of those, corrected for all methods
 * @param last differences of the last evaluations
 * @param lastHolm p-value of those, corrected for all methods
 */
record MethodComparison(
        String tasks, String method, PairedDifferences best, double bestHolm, PairedDifferences last, double lastHolm) {

    /** All comparisons: over the tasks that can be averaged, with and without small ones, and each task that cannot. */
    static List<MethodComparison> all(SuiteResults suite, String reference) {
        Map<String, Predicate<CellResult>> groups = new LinkedHashMap<>();
        List<CellResult> large = suite.results().values().stream().filter(r -> !r.smallerIsBetter()).toList();
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
                        task, result -> result.smallerIsBetter() && result.cell().task().equals(task)));
        List<MethodComparison> all = new ArrayList<>();
        groups.forEach((tasks, which) -> all.addAll(of(suite, reference, tasks, which)));
        return all;
    }

    private static List<MethodComparison> of(
            SuiteResults suite, String reference, String tasks, Predicate<CellResult> which) {
        List<String> methods = suite.methods().stream()
                .filter(method -> !method.equals(reference))
                .filter(method -> differences(suite, reference, method, which, CellResult::best).length > 0)
                .toList();
        List<PairedDifferences> best = methods.stream()
                .map(method -> PairedDifferences.of(differences(suite, reference, method, which, CellResult::best)))
                .toList();
        List<PairedDifferences> last = methods.stream()
                .map(method -> PairedDifferences.of(differences(suite, reference, method, which, CellResult::last)))
                .toList();
        double[] bestHolm = holm(best);
        double[] lastHolm = holm(last);
        List<MethodComparison> all = new ArrayList<>();
        for (int i = 0; i < methods.size(); i++) {
            all.add(new MethodComparison(tasks, methods.get(i), best.get(i), bestHolm[i], last.get(i), lastHolm[i]));
        }
        return all;
    }

    private static double[] holm(List<PairedDifferences> differences) {
        return PairedDifferences.holm(differences.stream().mapToDouble(PairedDifferences::p).toArray());
    }

    private static double[] differences(
            SuiteResults suite,
            String reference,
            String method,
            Predicate<CellResult> which,
            ToDoubleFunction<CellResult> score) {
        return suite.results().values().stream()
                .filter(which)
                .filter(result -> result.cell().method().equals(reference))
                .flatMap(result -> partner(suite, result, method)
                        .map(other -> (score.applyAsDouble(other) - score.applyAsDouble(result))
                                * (result.smallerIsBetter() ? -1 : 1)))
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
