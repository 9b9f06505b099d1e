package org.lsradapt.report.internal;

import java.awt.Color;
import java.io.IOException;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/**
 * Training loss and primary metric by epoch, or by step where evaluations are not at each epoch's end. One line per
 * method: the mean over the seeds that got so far, with bars of one standard deviation where there are several seeds.
 */
public final class LearningCurves {

    private static final Map<String, Color> COLORS =
            Map.of("frozen", Charts.GREY, "lora", Charts.ORANGE, "lsr", Charts.BLUE);

    private LearningCurves() {}

    /** The picture as a PNG file's bytes. */
    public static byte[] png(RunRecord run) throws IOException {
        return Charts.png(loss(run), metric(run));
    }

    static XYChart loss(RunRecord run) {
        return chart(run, "training loss", EvaluationResult::loss);
    }

    static XYChart metric(RunRecord run) {
        String metric = run.primaryMetric();
        return chart(run, metric, evaluation -> evaluation.metrics().get(metric));
    }

    private static XYChart chart(RunRecord run, String what, ToDoubleFunction<EvaluationResult> value) {
        boolean byEpoch = oncePerEpoch(run);
        String axis = byEpoch ? "epoch" : "step";
        XYChart chart = new XYChartBuilder()
                .width(Charts.WIDTH)
                .height(Charts.HEIGHT)
                .title(run.title() + ": " + what + " by " + axis)
                .xAxisTitle(axis)
                .yAxisTitle(what)
                .build();
        Map<String, List<MethodResult>> byMethod = run.byMethod();
        boolean known = COLORS.keySet().containsAll(byMethod.keySet());
        byMethod.forEach((method, results) -> {
            Color color = known ? COLORS.get(method) : Charts.line(chart.getSeriesMap().size());
            add(chart, method, results, byEpoch, value, color);
        });
        style(chart, run, byEpoch);
        return chart;
    }

    /** Whether each result's evaluations are its epochs' ends, one each, perhaps behind the head alone. */
    private static boolean oncePerEpoch(RunRecord run) {
        return run.results().stream()
                .map(result -> result.training().evaluations())
                .allMatch(all -> IntStream.range(0, all.size())
                        .allMatch(i -> all.get(i).epoch() == i + Math.min(all.get(0).epoch(), 1)));
    }

    private static double place(EvaluationResult evaluation, boolean byEpoch) {
        return byEpoch ? evaluation.epoch() : evaluation.step();
    }

    private static void add(
            XYChart chart,
            String method,
            List<MethodResult> results,
            boolean byEpoch,
            ToDoubleFunction<EvaluationResult> value,
            Color color) {
        List<EvaluationResult> longest = results.stream()
                .map(result -> result.training().evaluations())
                .max(Comparator.comparingInt(List::size))
                .orElseThrow();
        double[] x = longest.stream().mapToDouble(e -> place(e, byEpoch)).toArray();
        double[] mean = new double[x.length];
        double[] deviation = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int index = i;
            Spread spread = Spread.of(results.stream()
                    .map(result -> result.training().evaluations())
                    .filter(evaluations -> index < evaluations.size())
                    .map(evaluations -> value.applyAsDouble(evaluations.get(index)))
                    .toList());
            mean[i] = spread.mean();
            deviation[i] = spread.deviation();
        }
        XYSeries series = results.size() > 1
                ? chart.addSeries(method, x, mean, deviation)
                : chart.addSeries(method, x, mean);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(color);
        series.setLineColor(color);
        series.setLineWidth(2.5f);
    }

    private static void style(XYChart chart, RunRecord run, boolean byEpoch) {
        DoubleSummaryStatistics places = run.results().stream()
                .flatMap(result -> result.training().evaluations().stream())
                .mapToDouble(evaluation -> place(evaluation, byEpoch))
                .summaryStatistics();
        boolean single = places.getMin() == places.getMax();
        Charts.style(chart.getStyler());
        chart.getStyler()
                .setXAxisDecimalPattern("0")
                .setXAxisMin(single ? places.getMin() - 1 : places.getMin())
                .setXAxisMax(single ? places.getMax() + 1 : places.getMax());
    }
}
