package org.lsradapt.report.internal;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;

/**
 * Training loss and primary metric by epoch, or by step if evaluations are not at the end of each epoch. There is one line
 * per method: the mean over the seeds that got so far, with bars of one standard deviation if there are several seeds.
 */
public final class LearningCurves {
    /** The colors of the common methods, where a run has no others. */
    private static final Map<String, Integer> LOOKS = Map.of("lsr", 0, "lora", 1, "frozen", 6);

    private LearningCurves() {}

    public static List<Chart> charts(RunRecord run) {
        return charts(
                run.title(),
                run.primaryMetric(),
                run.results().stream()
                        .collect(Collectors.groupingBy(
                                MethodResult::method,
                                LinkedHashMap::new,
                                Collectors.mapping(MethodResult::training, Collectors.toList()))));
    }

    /** Returns the charts of each method's trainings, one per seed. */
    public static List<Chart> charts(String title, String metric, Map<String, List<TrainingResult>> byMethod) {
        return List.of(
                chart(title, byMethod, "training loss", EvaluationResult::loss),
                chart(
                        title,
                        byMethod,
                        metric,
                        evaluation -> evaluation.metrics().get(metric)));
    }

    private static Chart chart(
            String title,
            Map<String, List<TrainingResult>> byMethod,
            String what,
            ToDoubleFunction<EvaluationResult> value) {
        boolean byEpoch = hasOnePerEpoch(byMethod.values());
        String axis = byEpoch ? "epoch" : "step";
        Chart chart = new Chart(title + ": " + what + " by " + axis, axis, what);
        boolean known = LOOKS.keySet().containsAll(byMethod.keySet());
        byMethod.forEach((method, trainings) -> {
            int look = known ? LOOKS.get(method) : chart.series().size();
            List<List<EvaluationResult>> curves =
                    trainings.stream().map(TrainingResult::evaluations).toList();
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
    private static boolean hasOnePerEpoch(Collection<List<TrainingResult>> trainings) {
        return trainings.stream()
                .flatMap(List::stream)
                .map(TrainingResult::evaluations)
                .allMatch(all -> IntStream.range(0, all.size())
                        .allMatch(i ->
                                all.get(i).epoch() == i + Math.min(all.get(0).epoch(), 1)));
    }
}
