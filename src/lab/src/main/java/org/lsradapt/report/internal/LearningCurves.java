package org.lsradapt.report.internal;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/**
 * Training loss and primary metric by epoch, or by step if evaluations are not at the end of each epoch. There is one line
 * per method: the mean over the seeds that got so far, with bars of one standard deviation if there are several seeds.
 */
public final class LearningCurves {
    /** The colors of the common methods, where a run has no others. */
    private static final Map<String, Integer> LOOKS = Map.of("lsr", 0, "lora", 1, "frozen", 6);

    private LearningCurves() {}

    public static List<Chart> charts(RunRecord run) {
        String metric = run.primaryMetric();
        return List.of(
                chart(run, "training loss", EvaluationResult::loss),
                chart(run, metric, evaluation -> evaluation.metrics().get(metric)));
    }

    private static Chart chart(RunRecord run, String what, ToDoubleFunction<EvaluationResult> value) {
        boolean byEpoch = hasOnePerEpoch(run);
        String axis = byEpoch ? "epoch" : "step";
        Chart chart = new Chart(run.title() + ": " + what + " by " + axis, axis, what);
        boolean known = LOOKS.keySet().containsAll(run.byMethod().keySet());
        run.byMethod().forEach((method, results) -> {
            int look = known ? LOOKS.get(method) : chart.series().size();
            List<List<EvaluationResult>> curves = results.stream()
                    .map(result -> result.training().evaluations())
                    .toList();
            int longest = curves.stream().mapToInt(List::size).max().orElse(0);
            chart.add(
                    Chart.Kind.LINE,
                    method,
                    look,
                    IntStream.range(0, longest).mapToObj(i -> point(at(curves, i), byEpoch, value)));
        });
        return chart;
    }

    /** Returns the i-th evaluation of each seed that got so far. */
    private static List<EvaluationResult> at(List<List<EvaluationResult>> curves, int i) {
        return curves.stream()
                .filter(curve -> i < curve.size())
                .map(curve -> curve.get(i))
                .toList();
    }

    private static Chart.Point point(
            List<EvaluationResult> seeds, boolean byEpoch, ToDoubleFunction<EvaluationResult> value) {
        Spread spread = Spread.of(seeds.stream().map(value::applyAsDouble).toList());
        EvaluationResult first = seeds.get(0);
        return new Chart.Point(byEpoch ? first.epoch() : first.step(), spread.mean(), spread.deviation());
    }

    /** Whether each result has one evaluation per epoch, at its end, possibly after one of the head alone. */
    private static boolean hasOnePerEpoch(RunRecord run) {
        return run.results().stream()
                .map(MethodResult::training)
                .map(training -> training.evaluations())
                .allMatch(all -> IntStream.range(0, all.size())
                        .allMatch(i ->
                                all.get(i).epoch() == i + Math.min(all.get(0).epoch(), 1)));
    }
}
