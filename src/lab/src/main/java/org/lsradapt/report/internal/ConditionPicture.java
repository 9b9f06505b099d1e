package org.lsradapt.report.internal;

import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.UpdateCondition;

/** {@link ConditionTable} as a picture: γ and κ₂ of each layer on the left, the relative errors on the right. */
public final class ConditionPicture {
    private static final Pattern NUMBERED = Pattern.compile(".*?(\\d+)\\.(?:.*\\.)?([^.]+)");
    private static final int PER_LAYER = 26;

    private ConditionPicture() {}

    /**
     * Returns the bytes of a PNG file.
     *
     * @param layers in the order of the columns, at least one
     */
    public static byte[] png(List<UpdateCondition> layers) throws IOException {
        CategoryChart gamma = chart("condition numbers", layers);
        add(gamma, "γ of A", layers, layer -> layer.a().value(), Charts.BLUE);
        add(gamma, "γ of B", layers, layer -> layer.b().value(), Charts.ORANGE);
        add(gamma, "κ₂ of ΔW", layers, layer -> layer.update().conditionNumber(), Charts.GREY);
        CategoryChart errors = chart("expected relative error of ΔW, by precision of the factors", layers);
        Color[] colors = {Charts.GREY, Charts.BLUE, Charts.SKY, Charts.GREEN, Charts.PINK, Charts.ORANGE, Charts.RED};
        int line = 0;
        for (Precision precision : Precision.values()) {
            Color color = colors[line++ % colors.length];
            add(errors, precision.label(), layers, layer -> layer.relativeError(precision), color);
        }
        decades(gamma);
        decades(errors);
        // Updates that are zero have no relative error.
        return errors.getSeriesMap().isEmpty() ? Charts.png(gamma) : Charts.png(gamma, errors);
    }

    private static CategoryChart chart(String title, List<UpdateCondition> layers) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(Math.max(Charts.WIDTH, PER_LAYER * layers.size()))
                .height(Charts.HEIGHT)
                .title(title)
                .build();
        Charts.style(chart.getStyler());
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Scatter);
        chart.getStyler().setXAxisLabelRotation(60);
        return chart;
    }

    private static void decades(CategoryChart chart) {
        DoubleSummaryStatistics values = chart.getSeriesMap().values().stream()
                .flatMap(series -> series.getYData().stream())
                .filter(Objects::nonNull)
                .mapToDouble(Number::doubleValue)
                .summaryStatistics();
        if (values.getCount() > 0) {
            Charts.decades(chart.getStyler(), values);
        }
    }

    private static void add(
            CategoryChart chart,
            String name,
            List<UpdateCondition> layers,
            ToDoubleFunction<UpdateCondition> value,
            Color color) {
        List<String> names = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (UpdateCondition layer : layers) {
            double y = value.applyAsDouble(layer);
            names.add(shortName(layer.layer()));
            // A logarithmic axis cannot show other values.
            values.add(y > 0 && Double.isFinite(y) ? y : null);
        }
        if (values.stream().allMatch(y -> y == null)) {
            return;
        }
        CategorySeries series = chart.addSeries(name, names, values);
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(color);
        series.setLineColor(color);
    }

    /** Shortens a layer's name, such as {@code encoder.layer.3.attention.self.query} to {@code 3 query}. */
    static String shortName(String layer) {
        Matcher matcher = NUMBERED.matcher(layer);
        return matcher.matches() ? matcher.group(1) + " " + matcher.group(2) : layer;
    }
}
