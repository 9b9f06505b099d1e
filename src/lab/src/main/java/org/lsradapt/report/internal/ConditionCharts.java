package org.lsradapt.report.internal;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.report.MethodResult;

/** Charts of condition numbers: of trained layers, and of the monitor during training. */
public final class ConditionCharts {
    private static final Pattern NUMBERED = Pattern.compile(".*?(\\d+)\\.(?:.*\\.)?([^.]+)");

    private ConditionCharts() {}

    /** Returns {@link ConditionTable} as a chart of γ, κ₂ and the expected relative errors of each layer, in the order of the x axis. */
    public static Chart of(List<UpdateCondition> layers) {
        Chart chart = new Chart(
                        "Condition numbers, and expected relative errors of ΔW by format of the factors", "", "")
                .withLogarithmicY()
                .withNames(
                        layers.stream().map(layer -> shortName(layer.layer())).toList());
        add(chart, "γ of A", layers, layer -> layer.a().value());
        add(chart, "γ of B", layers, layer -> layer.b().value());
        add(chart, "κ₂ of ΔW", layers, layer -> layer.update().conditionNumber());
        for (Precision precision : Precision.values()) {
            add(chart, precision.label(), layers, layer -> layer.relativeError(precision));
        }
        return chart;
    }

    private static void add(
            Chart chart, String name, List<UpdateCondition> layers, ToDoubleFunction<UpdateCondition> value) {
        chart.add(
                Chart.Kind.POINTS,
                name,
                chart.series().size(),
                IntStream.range(0, layers.size())
                        .mapToObj(i -> new Chart.Point(i, value.applyAsDouble(layers.get(i)))));
    }

    /** Shortens a layer's name, such as {@code encoder.layer.3.attention.self.query} to {@code 3 query}. */
    static String shortName(String layer) {
        Matcher matcher = NUMBERED.matcher(layer);
        return matcher.matches() ? matcher.group(1) + " " + matcher.group(2) : layer;
    }

    /** Returns the monitor's readings by step: the largest γ of all layers, and the largest γ·μ·‖M‖_F. */
    static List<Chart> monitor(List<MethodResult> results) {
        Chart gamma = new Chart("Largest γ of A and of B", "step", "γ").withLogarithmicY();
        Chart error = new Chart("Largest γ·μ·‖M‖ of A and of B", "step", "γ·μ·‖M‖").withLogarithmicY();
        for (MethodResult result : results) {
            for (String side : List.of("A", "B")) {
                String name = result.method() + ", seed " + result.seed() + ": " + side;
                List<Reading> readings = result.training().readings().stream()
                        .filter(reading -> reading.side().equals(side))
                        .toList();
                addLargest(gamma, name, readings, reading -> reading.condition().value());
                addLargest(error, name, readings, Reading::error);
            }
        }
        return List.of(gamma, error);
    }

    private static void addLargest(Chart chart, String name, List<Reading> readings, ToDoubleFunction<Reading> value) {
        Map<Integer, Double> largest = new TreeMap<>();
        for (Reading reading : readings) {
            double y = value.applyAsDouble(reading);
            if (Double.isFinite(y)) {
                largest.merge(reading.step(), y, Math::max);
            }
        }
        chart.add(
                Chart.Kind.LINE,
                name,
                chart.series().size(),
                largest.entrySet().stream().map(one -> new Chart.Point(one.getKey(), one.getValue())));
    }
}
