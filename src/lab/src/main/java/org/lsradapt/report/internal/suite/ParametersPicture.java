package org.lsradapt.report.internal.suite;

import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.report.internal.Charts;
import org.lsradapt.report.internal.Spread;

/**
 * A score over the number of the adapters' parameters on a logarithmic axis: one point per method, with bars of one
 * standard deviation. A method without adapter parameters is a horizontal line, or is in the legend with its score if it is
 * far from all others. Vertical lines show the parameters of LoRA of rank 1, the fewest that LoRA can have.
 */
final class ParametersPicture {

    /**
     * A method in the picture.
     *
     * @param parameters number of the adapters' parameters
     * @param score mean and spread of the score
     */
    record Point(String method, long parameters, Spread score) {}

    private ParametersPicture() {}

    /** Returns the bytes of a PNG file. */
    static byte[] png(String title, String score, List<Point> points, List<Long> floors) throws IOException {
        return Charts.png(chart(title, score, points, floors));
    }

    static XYChart chart(String title, String score, List<Point> points, List<Long> floors) {
        XYChart chart = new XYChartBuilder()
                .width(Charts.WIDTH)
                .height(Charts.HEIGHT)
                .title(title)
                .xAxisTitle("parameters of the adapters")
                .yAxisTitle(score)
                .build();
        Charts.style(chart.getStyler());
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Vertical);
        List<Point> drawn = points.stream()
                .filter(point -> Double.isFinite(point.score().mean()))
                .toList();
        double[] x = range(drawn, floors);
        double[] y = heights(drawn);
        chart.getStyler()
                .setXAxisLogarithmic(true)
                .setXAxisMin(x[0])
                .setXAxisMax(x[1])
                .setXAxisDecimalPattern("#,##0");
        chart.getStyler().setYAxisMin(y[0]).setYAxisMax(y[1]);
        for (Point point : drawn) {
            int index = points.indexOf(point);
            XYSeries series = point.parameters() == 0 ? level(chart, point, x, y) : point(chart, point, index);
            series.setLineColor(Charts.line(index));
            series.setMarkerColor(Charts.line(index));
        }
        for (long floor : floors) {
            String name = String.format(Locale.ROOT, "LoRA, r = 1: %,d", floor);
            line(chart, name, new double[] {(double) floor, (double) floor}, y).setLineColor(Color.BLACK);
        }
        return chart;
    }

    private static XYSeries point(XYChart chart, Point point, int index) {
        double[] x = {(double) point.parameters()};
        double[] y = {point.score().mean()};
        XYSeries series = Double.isNaN(point.score().deviation())
                ? chart.addSeries(point.method(), x, y)
                : chart.addSeries(
                        point.method(), x, y, new double[] {point.score().deviation()});
        series.setMarker(Charts.marker(index));
        series.setLineStyle(SeriesLines.NONE);
        return series;
    }

    private static XYSeries level(XYChart chart, Point point, double[] x, double[] heights) {
        double score = point.score().mean();
        boolean isSeen = score >= heights[0] && score <= heights[1];
        double height = isSeen ? score : Double.NaN;
        String name = isSeen ? point.method() : String.format(Locale.ROOT, "%s: %.4f", point.method(), score);
        return line(chart, name, x, new double[] {height, height});
    }

    private static XYSeries line(XYChart chart, String name, double[] x, double[] y) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(SeriesLines.DASH_DASH);
        return series;
    }

    /** Returns powers of ten around all numbers of parameters. */
    private static double[] range(List<Point> points, List<Long> floors) {
        List<Double> logs = new ArrayList<>();
        points.stream().filter(p -> p.parameters() > 0).forEach(p -> logs.add(Math.log10((double) p.parameters())));
        floors.forEach(floor -> logs.add(Math.log10(floor.doubleValue())));
        double least =
                Math.floor(logs.stream().mapToDouble(Double::doubleValue).min().orElse(0));
        double most =
                Math.ceil(logs.stream().mapToDouble(Double::doubleValue).max().orElse(0));
        return new double[] {Math.pow(10, least), Math.pow(10, Math.max(most, least + 1))};
    }

    /**
     * Returns the range of the y axis, with a margin. It covers the bars of all methods with parameters, and the horizontal
     * lines whose distance from these bars is at most the bars' own range.
     */
    private static double[] heights(List<Point> points) {
        List<Point> adapters =
                points.stream().filter(point -> point.parameters() > 0).toList();
        double[] range = bars(adapters.isEmpty() ? points : adapters);
        double height = range[1] - range[0];
        double[] ends = points.stream()
                .mapToDouble(point -> point.score().mean())
                .filter(score -> score >= range[0] - height && score <= range[1] + height)
                .toArray();
        double least = Math.min(range[0], DoubleStream.of(ends).min().orElse(0));
        double most = Math.max(range[1], DoubleStream.of(ends).max().orElse(1));
        double room = most > least ? (most - least) / 20 : 0.01;
        return new double[] {least - room, most + room};
    }

    private static double[] bars(List<Point> points) {
        double[] ends = points.stream()
                .map(Point::score)
                .flatMapToDouble(s -> {
                    double bar = Double.isNaN(s.deviation()) ? 0 : s.deviation();
                    return DoubleStream.of(s.mean() - bar, s.mean() + bar);
                })
                .toArray();
        return new double[] {
            DoubleStream.of(ends).min().orElse(0), DoubleStream.of(ends).max().orElse(1)
        };
    }
}
