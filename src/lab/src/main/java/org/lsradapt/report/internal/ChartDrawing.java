package org.lsradapt.report.internal;

import j2html.TagCreator;
import j2html.tags.ContainerTag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Controls;

/** Draws a chart as SVG: title, legend, axes, series, and the labels of points where they cover nothing. */
final class ChartDrawing {
    private static final int WIDTH = 760;
    private static final int PLOT = 330;
    private static final int LEFT = 84;
    private static final int RIGHT = WIDTH - 34;
    private static final int FONT = 13;
    private static final int LINE = 18;
    /** The mean width of a letter. */
    private static final double LETTER = 0.56 * FONT;

    /** The most points of a line that are marked and show their numbers. */
    private static final int MOST_MARKED = 300;

    /** The most names on an axis that are written. */
    private static final int MOST_NAMES = 40;

    /** Okabe and Ito's palette, which color-blind readers can tell apart. */
    private static final List<String> COLORS =
            List.of("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#777777");

    /** Colors repeat after seven series, with other dashes. */
    private static final List<String> DASHES = List.of("none", "8 4", "2 3", "10 3 2 3");

    private final Chart chart;
    private final Axis x;
    private final Axis y;
    private final List<Chart.Series> marks;
    private final double top;
    private final ContainerTag<?> svg = new ContainerTag<>("svg");
    private final List<Box> taken = new ArrayList<>();

    /** A rectangle by its left upper corner. */
    private record Box(double x, double y, double width, double height) {
        double overlap(Box other) {
            double across = Math.min(x + width, other.x + other.width) - Math.max(x, other.x);
            double down = Math.min(y + height, other.y + other.height) - Math.max(y, other.y);
            return Math.max(0, across) * Math.max(0, down);
        }
    }

    ChartDrawing(Chart chart) {
        this.chart = chart;
        x = chart.x();
        y = chart.y();
        marks = chart.series().stream()
                .filter(one -> one.kind() == Chart.Kind.MARK)
                .toList();
        top = LINE * (2 + legend().size() + marks.size()) + 8;
    }

    String svg() {
        double bottom = top + PLOT;
        double height = bottom + LINE + (chart.names().isEmpty() ? 2 * LINE : 6 * LINE);
        svg.attr("xmlns", "http://www.w3.org/2000/svg")
                .attr("viewBox", "0 0 " + WIDTH + " " + number(height))
                .attr("width", WIDTH)
                .attr("font-family", "sans-serif")
                .attr("font-size", FONT);
        draw("rect", "width", "100%", "height", "100%", "fill", "white");
        text(LEFT, LINE, chart.title(), "font-weight", "bold", "font-size", 15);
        drawLegend();
        drawX(bottom);
        drawY();
        for (Chart.Series series : chart.series()) {
            draw(series);
        }
        label();
        return svg.render();
    }

    private static Stream<Chart.Series> named(Chart chart) {
        return chart.series().stream().filter(one -> one.kind() == Chart.Kind.LINE || one.kind() == Chart.Kind.POINTS);
    }

    /** Returns the lines of the legend. */
    private List<List<Chart.Series>> legend() {
        List<List<Chart.Series>> lines = new ArrayList<>();
        double width = RIGHT;
        for (Chart.Series series : named(chart).toList()) {
            double entry = entry(series);
            if (width + entry > RIGHT) {
                lines.add(new ArrayList<>());
                width = LEFT;
            }
            lines.get(lines.size() - 1).add(series);
            width += entry;
        }
        return lines;
    }

    private static double entry(Chart.Series series) {
        return 48 + LETTER * series.name().length();
    }

    private void drawLegend() {
        double baseline = 2 * LINE + 2;
        for (List<Chart.Series> line : legend()) {
            double left = LEFT;
            for (Chart.Series series : line) {
                if (series.kind() == Chart.Kind.LINE) {
                    stroke(left, baseline - 4, left + 26, baseline - 4, color(series), dashes(series), 2);
                } else {
                    draw("circle", "cx", left + 18, "cy", baseline - 4, "r", 4, "fill", color(series));
                }
                text(left + 32, baseline, series.name());
                left += entry(series);
            }
            baseline += LINE;
        }
    }

    private void drawX(double bottom) {
        List<String> names = chart.names();
        int every = 1 + names.size() / MOST_NAMES;
        for (double tick : x.ticks()) {
            double place = x(tick);
            if (names.isEmpty()) {
                stroke(place, top, place, bottom, "#e4e4e4", "none", 1);
                text(place, bottom + LINE, Axis.format(tick), "text-anchor", "middle");
            } else if ((int) tick % every == 0) {
                String turned = "rotate(-60 " + number(place) + " " + number(bottom + 12) + ")";
                text(place, bottom + 12, names.get((int) tick), "text-anchor", "end", "transform", turned);
            }
        }
        double middle = (LEFT + RIGHT) / 2.0;
        text(middle, bottom + (names.isEmpty() ? 2 : 6) * LINE + 6, chart.xTitle(), "text-anchor", "middle");
    }

    private void drawY() {
        for (double tick : y.ticks()) {
            double height = y(tick);
            stroke(LEFT, height, RIGHT, height, "#e4e4e4", "none", 1);
            text(LEFT - 8, height + 4, Axis.format(tick), "text-anchor", "end");
        }
        double middle = top + PLOT / 2.0;
        String turned = "rotate(-90 " + LINE + " " + number(middle) + ")";
        text(LINE, middle, chart.yTitle(), "text-anchor", "middle", "transform", turned);
    }

    private void draw(Chart.Series series) {
        Chart.Point first = series.points().get(0);
        switch (series.kind()) {
            case MARK -> drawMark(series.name(), x(first.x()), top - LINE * (marks.size() - marks.indexOf(series)));
            case LEVEL -> {
                if (y.contains(first.y())) {
                    stroke(LEFT, y(first.y()), RIGHT, y(first.y()), color(series), "5 4", 1.5);
                    taken.add(new Box(LEFT, y(first.y()) - 1, RIGHT - LEFT, 2));
                }
            }
            case LINE -> {
                String path = series.points().stream()
                        .map(point -> number(x(point.x())) + "," + number(y(point.y())))
                        .collect(Collectors.joining(" "));
                draw(
                        "polyline",
                        "points",
                        path,
                        "fill",
                        "none",
                        "stroke",
                        color(series),
                        "stroke-width",
                        2,
                        "stroke-dasharray",
                        dashes(series));
                if (series.points().size() <= MOST_MARKED) {
                    series.points().forEach(point -> draw(series, point));
                }
            }
            default -> series.points().forEach(point -> draw(series, point));
        }
    }

    /** Draws a vertical line down from its name, which stands above the plot. */
    private void drawMark(String name, double across, double above) {
        boolean fits = across + 5 + LETTER * name.length() <= WIDTH;
        stroke(across, above, across, top + PLOT, "black", "5 4", 1);
        text(across + (fits ? 5 : -5), above + FONT - 2, name, "text-anchor", fits ? "start" : "end");
        taken.add(new Box(across - 1, top, 2, PLOT));
    }

    private void draw(Chart.Series series, Chart.Point point) {
        double across = x(point.x());
        if (!Double.isNaN(point.spread())) {
            stroke(
                    across,
                    y(point.y() - point.spread()),
                    across,
                    y(point.y() + point.spread()),
                    color(series),
                    "none",
                    1);
            taken.add(new Box(
                    across - 1, y(point.y() + point.spread()), 2, 2 * PLOT * point.spread() / (y.high() - y.low())));
        }
        taken.add(new Box(across - 5, y(point.y()) - 5, 10, 10));
        String place =
                chart.names().isEmpty() ? Axis.format(point.x()) : chart.names().get((int) point.x());
        String numbers = series.name() + ", " + place + ": " + Axis.format(point.y())
                + (Double.isNaN(point.spread()) ? "" : " ± " + Axis.format(point.spread()));
        svg.with(tag("circle", "cx", across, "cy", y(point.y()), "r", 4, "fill", color(series))
                .with(tag("title").withText(Controls.escaped(numbers))));
    }

    /** Writes the names of levels and points. */
    private void label() {
        for (Chart.Series series : chart.series()) {
            Chart.Point point = series.points().get(0);
            switch (series.kind()) {
                case LEVEL -> {
                    boolean above = point.y() > y.high();
                    boolean shown = y.contains(point.y());
                    label(
                            shown
                                    ? series.name()
                                    : series.name() + ": " + Axis.format(point.y()) + (above ? " ↑" : " ↓"),
                            color(series),
                            RIGHT,
                            shown ? y(point.y()) - LINE / 2.0 : above ? top + LINE : top + PLOT - LINE / 2.0,
                            4,
                            LINE);
                }
                case LABELLED -> label(series.name(), color(series), x(point.x()), y(point.y()), 8, LINE / 2.0);
                default -> {}
            }
        }
    }

    /**
     * Writes a name to the right or the left of a place, higher or lower, where it covers least.
     *
     * @param gap the distance from the place
     * @param step the distance between the tried heights
     */
    private void label(String name, String color, double across, double down, double gap, double step) {
        double width = LETTER * name.length();
        Box best = Stream.of(0, -1, 1, -2, 2, -3, 3, -4, 4)
                .flatMap(i -> Stream.of(across + gap, across - gap - width, across - width / 2)
                        .filter(left -> left != across - width / 2 || Math.abs(i) * step >= LINE)
                        .map(left -> new Box(left, down + i * step - FONT / 2.0, width, FONT)))
                .min(Comparator.comparingDouble(this::cost))
                .orElseThrow();
        taken.add(best);
        text(best.x(), best.y() + FONT - 2, name, "fill", color);
    }

    private double cost(Box box) {
        Box plot = new Box(LEFT, top, RIGHT - LEFT, PLOT);
        double outside = box.width() * box.height() - box.overlap(plot);
        return 10 * outside + taken.stream().mapToDouble(box::overlap).sum();
    }

    private static String color(Chart.Series series) {
        return COLORS.get(series.look() % COLORS.size());
    }

    private static String dashes(Chart.Series series) {
        return DASHES.get(series.look() / COLORS.size() % DASHES.size());
    }

    private double x(double value) {
        return LEFT + x.share(value) * (RIGHT - LEFT);
    }

    private double y(double value) {
        return top + (1 - y.share(value)) * PLOT;
    }

    private void stroke(double x1, double y1, double x2, double y2, String color, String dashes, double width) {
        draw(
                "line",
                "x1",
                x1,
                "y1",
                y1,
                "x2",
                x2,
                "y2",
                y2,
                "stroke",
                color,
                "stroke-width",
                width,
                "stroke-dasharray",
                dashes);
    }

    private void text(double left, double baseline, String text, Object... attributes) {
        ContainerTag<?> element =
                tag("text", attributes).attr("x", number(left)).attr("y", number(baseline));
        svg.with(element.withText(Controls.escaped(text)));
    }

    private void draw(String name, Object... attributes) {
        svg.with(tag(name, attributes));
    }

    private static ContainerTag<?> tag(String name, Object... attributes) {
        ContainerTag<?> tag = TagCreator.tag(name);
        for (int i = 0; i < attributes.length; i += 2) {
            Object value = attributes[i + 1];
            tag.attr((String) attributes[i], value instanceof Double one ? number(one) : value);
        }
        return tag;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
    }
}
