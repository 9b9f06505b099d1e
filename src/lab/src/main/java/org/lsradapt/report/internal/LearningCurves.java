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
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;

/**
 * Training loss and primary metric by epoch, or by step if evaluations are not at the end of each epoch. There is one line
 * per method: the mean over the seeds that got so far, with bars of one standard deviation if there are several seeds.
 * Where lines coincide, the lower ones are broader, so that all are visible.
 */
public final class LearningCurves {

    private static final Map<String, Color> COLORS =
            Map.of("frozen", Charts.GREY, "lora", Charts.ORANGE, "lsr", Charts.BLUE);

    /** The name of a series that only sets the axis labels and is not drawn. */
    static final String SCALE = "scale";

    /** The most legend entries that fit side by side below the picture. */
    private static final int MOST_BESIDE = 7;

    private static final double LINE = 2.5;
    /** The extra width of a line per coinciding line above it; less if the sum would exceed {@link #BROADEST}. */
    private static final double BROADER = 3;

    private static final double BROADEST = 15;

    private LearningCurves() {}

    public static byte[] png(RunRecord run) throws IOException {
        return Charts.png(loss(run), metric(run));
    }

    public static List<XYChart> charts(RunRecord run) {
        return List.of(loss(run), metric(run));
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
            Color color = known
                    ? COLORS.get(method)
                    : Charts.line(chart.getSeriesMap().size());
            add(chart, method, results, byEpoch, value, color);
        });
        broaden(List.copyOf(chart.getSeriesMap().values()));
        style(chart, byEpoch);
        return chart;
    }

    /** Whether each result has one evaluation per epoch, at its end, possibly after one of the head alone. */
    private static boolean oncePerEpoch(RunRecord run) {
        return run.results().stream()
                .map(result -> result.training().evaluations())
                .allMatch(all -> IntStream.range(0, all.size())
                        .allMatch(i ->
                                all.get(i).epoch() == i + Math.min(all.get(0).epoch(), 1)));
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
        XYSeries series =
                results.size() > 1 ? chart.addSeries(method, x, mean, deviation) : chart.addSeries(method, x, mean);
        series.setMarker(Charts.shape(chart.getSeriesMap().size() - 1));
        series.setMarkerColor(color);
        series.setLineColor(color);
    }

    private static void broaden(List<XYSeries> lines) {
        double step = Math.min(BROADER, BROADEST / lines.size());
        for (int i = 0; i < lines.size(); i++) {
            XYSeries below = lines.get(i);
            long above = lines.subList(i + 1, lines.size()).stream()
                    .filter(line -> coincide(below, line))
                    .count();
            below.setLineWidth((float) (LINE + above * step));
        }
    }

    /** Whether two lines share a segment. */
    private static boolean coincide(XYSeries one, XYSeries other) {
        List<List<Double>> parts = parts(one);
        return parts(other).stream().anyMatch(parts::contains);
    }

    private static List<List<Double>> parts(XYSeries line) {
        double[] x = line.getXData();
        double[] y = line.getYData();
        return IntStream.range(1, x.length)
                .mapToObj(i -> List.of(x[i - 1], y[i - 1], x[i], y[i]))
                .toList();
    }

    private static void style(XYChart chart, boolean byEpoch) {
        DoubleSummaryStatistics places = new DoubleSummaryStatistics();
        DoubleSummaryStatistics values = new DoubleSummaryStatistics();
        for (XYSeries series : chart.getSeriesMap().values()) {
            double[] bars = series.getExtraValues();
            for (int i = 0; i < series.getYData().length; i++) {
                double bar = bars == null ? 0 : bars[i];
                places.accept(series.getXData()[i]);
                values.accept(series.getYData()[i] - bar);
                values.accept(series.getYData()[i] + bar);
            }
        }
        boolean single = places.getMin() == places.getMax();
        double left = !byEpoch ? 0 : single ? places.getMin() - 1 : places.getMin();
        double right = byEpoch && single ? places.getMax() + 1 : places.getMax();
        double[] ends = Charts.ends(values.getMin(), values.getMax());
        Charts.style(chart.getStyler());
        chart.getStyler()
                .setXAxisDecimalPattern("0")
                .setXAxisMin(left)
                .setXAxisMax(right)
                .setYAxisDecimalPattern("0.########")
                .setYAxisMin(ends[0])
                .setYAxisMax(ends[1]);
        if (chart.getSeriesMap().size() > MOST_BESIDE) {
            chart.getStyler()
                    .setLegendPosition(Styler.LegendPosition.OutsideE)
                    .setLegendLayout(Styler.LegendLayout.Vertical);
        }
        scale(chart, byEpoch ? new double[] {places.getMin()} : new double[] {left, right}, ends);
    }

    /** Adds a series that is not equally spaced. XChart would otherwise label only the equally spaced values of the axis. */
    private static void scale(XYChart chart, double[] places, double[] ends) {
        double between = 0.37;
        double[] y = {ends[0], ends[1], ends[0] + between * (ends[1] - ends[0])};
        double[] x = places.length == 1
                ? new double[] {places[0], places[0], places[0]}
                : new double[] {places[0], places[1], places[0] + between * (places[1] - places[0])};
        chart.addSeries(SCALE, x, y)
                .setMarker(SeriesMarkers.NONE)
                .setLineStyle(SeriesLines.NONE)
                .setShowInLegend(false);
    }
}
