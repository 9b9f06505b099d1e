package org.lsradapt.report.internal;

import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.report.MethodResult;

/** The readings of the condition monitor by step: the largest γ of all layers, and the largest γ·μ·‖M‖_F. */
final class MonitorPicture {
    private MonitorPicture() {}

    /**
     * Returns the bytes of a PNG file.
     *
     * @param results at least one, all with readings
     */
    static byte[] png(List<MethodResult> results) throws IOException {
        return Charts.png(charts(results).toArray(new XYChart[0]));
    }

    static List<XYChart> charts(List<MethodResult> results) {
        XYChart gamma = chart("largest γ of A and of B");
        XYChart error = chart("largest γ·μ·‖M‖ of A and of B");
        int lines = 0;
        for (MethodResult result : results) {
            List<Reading> readings = result.training().readings();
            String title = result.method() + ", seed " + result.seed();
            for (String side : List.of("A", "B")) {
                Color color = Charts.line(lines++);
                add(
                        gamma,
                        title + ": " + side,
                        readings,
                        side,
                        r -> r.condition().value(),
                        color);
                add(error, title + ": " + side, readings, side, Reading::error, color);
            }
        }
        decades(gamma);
        decades(error);
        return List.of(gamma, error);
    }

    private static XYChart chart(String title) {
        XYChart chart = new XYChartBuilder()
                .width(Charts.WIDTH)
                .height(Charts.HEIGHT)
                .title(title)
                .xAxisTitle("step")
                .build();
        Charts.style(chart.getStyler());
        return chart;
    }

    private static void decades(XYChart chart) {
        DoubleSummaryStatistics values = chart.getSeriesMap().values().stream()
                .flatMapToDouble(series -> Arrays.stream(series.getYData()))
                .summaryStatistics();
        if (values.getCount() > 0) {
            Charts.decades(chart.getStyler(), values);
        }
    }

    private static void add(
            XYChart chart,
            String name,
            List<Reading> readings,
            String side,
            ToDoubleFunction<Reading> value,
            Color color) {
        Map<Integer, Double> largest = new TreeMap<>();
        for (Reading reading : readings) {
            double y = value.applyAsDouble(reading);
            // A logarithmic axis cannot show other values.
            if (reading.side().equals(side) && y > 0 && Double.isFinite(y)) {
                largest.merge(reading.step(), y, Math::max);
            }
        }
        if (largest.isEmpty()) {
            return;
        }
        XYSeries series = chart.addSeries(name, new ArrayList<>(largest.keySet()), new ArrayList<>(largest.values()));
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(color);
        series.setLineWidth(2);
    }
}
