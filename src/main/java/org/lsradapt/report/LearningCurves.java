package org.lsradapt.report;

import java.awt.Color;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.training.EpochResult;

/**
 * Training loss and primary metric by epoch, one line per method: the mean over the seeds, with bars of one standard
 * deviation where there are several.
 */
final class LearningCurves {

    private static final Map<String, Color> COLORS =
            Map.of("frozen", Charts.GREY, "lora", Charts.ORANGE, "lsr", Charts.BLUE);

    private LearningCurves() {}

    /** The picture as a PNG file's bytes. */
    static byte[] png(RunRecord run) throws IOException {
        return Charts.png(loss(run), metric(run));
    }

    static XYChart loss(RunRecord run) {
        return chart(run, "training loss", EpochResult::loss);
    }

    static XYChart metric(RunRecord run) {
        String metric = run.primaryMetric();
        return chart(run, metric, epoch -> epoch.metrics().get(metric));
    }

    private static XYChart chart(RunRecord run, String what, ToDoubleFunction<EpochResult> value) {
        XYChart chart = new XYChartBuilder()
                .width(Charts.WIDTH)
                .height(Charts.HEIGHT)
                .title(run.title() + ": " + what + " by epoch")
                .xAxisTitle("epoch")
                .yAxisTitle(what)
                .build();
        run.byMethod().forEach((method, results) -> add(chart, method, results, value));
        style(chart, run);
        return chart;
    }

    private static void add(
            XYChart chart, String method, List<MethodResult> results, ToDoubleFunction<EpochResult> value) {
        int epochs = results.get(0).training().epochs().size();
        double[] x = new double[epochs];
        double[] mean = new double[epochs];
        double[] deviation = new double[epochs];
        for (int i = 0; i < epochs; i++) {
            int epoch = i;
            Spread spread = Spread.of(results.stream()
                    .map(result -> value.applyAsDouble(result.training().epochs().get(epoch)))
                    .toList());
            x[i] = i + 1;
            mean[i] = spread.mean();
            deviation[i] = spread.deviation();
        }
        XYSeries series = results.size() > 1
                ? chart.addSeries(method, x, mean, deviation)
                : chart.addSeries(method, x, mean);
        series.setMarker(SeriesMarkers.CIRCLE);
        Color color = COLORS.getOrDefault(method, Charts.GREEN);
        series.setMarkerColor(color);
        series.setLineColor(color);
        series.setLineWidth(2.5f);
    }

    private static void style(XYChart chart, RunRecord run) {
        int epochs = run.results().get(0).training().epochs().size();
        Charts.style(chart.getStyler());
        chart.getStyler()
                .setXAxisDecimalPattern("0")
                .setXAxisMin(epochs == 1 ? 0.0 : 1.0)
                .setXAxisMax(epochs == 1 ? 2.0 : (double) epochs);
    }
}
