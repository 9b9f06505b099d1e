package org.lsradapt.report.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A line chart for {@code charts.js}: titles, scales, and series over the union of their x values. A series of two points
 * with the same x becomes a vertical line.
 */
final class ChartJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ChartJson() {}

    /** Returns JSON that is safe inside a script element. */
    static String of(XYChart chart) {
        Map<Double, Integer> places = new TreeMap<>();
        for (XYSeries series : chart.getSeriesMap().values()) {
            if (series.isShowInLegend() && !isUpright(series)) {
                Arrays.stream(series.getXData()).forEach(x -> places.put(x, 0));
            }
        }
        int index = 0;
        for (var place : places.entrySet()) {
            place.setValue(index++);
        }
        XYStyler styler = chart.getStyler();
        ObjectNode json = JSON.createObjectNode();
        json.put("title", chart.getTitle());
        json.put("xTitle", chart.getXAxisTitle());
        json.put("yTitle", chart.getYAxisTitle());
        json.put("xLog", styler.isXAxisLogarithmic());
        json.put("yLog", styler.isYAxisLogarithmic());
        places.keySet().forEach(json.putArray("x")::add);
        ArrayNode all = json.putArray("series");
        ArrayNode marks = json.putArray("marks");
        for (XYSeries series : chart.getSeriesMap().values()) {
            if (!series.isShowInLegend()) {
                continue;
            }
            if (isUpright(series)) {
                named(marks.addObject(), series).put("x", series.getXData()[0]);
            } else {
                ObjectNode one = named(all.addObject(), series);
                one.put("points", !SeriesMarkers.NONE.equals(series.getMarker()));
                one.put("dashed", SeriesLines.DASH_DASH.equals(series.getLineStyle()));
                one.set("y", values(series, places, series.getYData()));
                if (series.getExtraValues() != null) {
                    one.set("spread", values(series, places, series.getExtraValues()));
                }
            }
        }
        try {
            return JSON.writeValueAsString(json).replace("<", "\\u003c");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isUpright(XYSeries series) {
        double[] x = series.getXData();
        return x.length == 2 && x[0] == x[1];
    }

    private static ObjectNode named(ObjectNode node, XYSeries series) {
        Color color = series.getLineColor();
        return node.put("name", series.getName())
                .put("color", String.format(Locale.ROOT, "#%06x", color.getRGB() & 0xFFFFFF));
    }

    private static ArrayNode values(XYSeries series, Map<Double, Integer> places, double[] values) {
        Double[] row = new Double[places.size()];
        for (int i = 0; i < values.length; i++) {
            row[places.get(series.getXData()[i])] = Double.isFinite(values[i]) ? values[i] : null;
        }
        ArrayNode array = JSON.createArrayNode();
        Arrays.stream(row).forEach(array::add);
        return array;
    }
}
