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
        String box = "0 0 " + WIDTH + " " + number(height);
        svg.attr("xmlns", "http://www.w3.org/2000/svg").attr("viewBox", box).attr("width", WIDTH);
        svg.attr("font-family", "sans-serif").attr("font-size", FONT);
        draw("rect", "width height fill", "100%", "100%", "white");
        text(LEFT, LINE, chart.title(), "font-weight font-size", "bold", 15);
        drawLegend();
        drawX(bottom);
        drawY();
        for (Chart.Series series : chart.series()) {
            draw(series);
        }
        label();
        return svg.render();
    }

    private List<List<Chart.Series>> legend() {
        List<List<Chart.Series>> lines = new ArrayList<>();
        double width = RIGHT;
        for (Chart.Series series : chart.series()) {
            if (series.kind() != Chart.Kind.LINE && series.kind() != Chart.Kind.POINTS) {
                continue;
            }
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
                    draw("circle", "cx cy r fill", left + 18, baseline - 4, 4, color(series));
                }
                text(left + 32, baseline, series.name(), "text-anchor", "start");
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
                text(place, bottom + 12, names.get((int) tick), "text-anchor transform", "end", turned);
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
        text(LINE, middle, chart.yTitle(), "text-anchor transform", "middle", turned);
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
                String names = "points fill stroke stroke-width stroke-dasharray";
                draw("polyline", names, path, "none", color(series), 2, dashes(series));
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
        double down = y(point.y());
        String place =
                chart.names().isEmpty() ? Axis.format(point.x()) : chart.names().get((int) point.x());
        String numbers = series.name() + ", " + place + ": " + Axis.format(point.y());
        if (!Double.isNaN(point.spread())) {
            double above = y(point.y() + point.spread());
            double below = y(point.y() - point.spread());
            stroke(across, above, across, below, color(series), "none", 1);
            taken.add(new Box(across - 1, above, 2, below - above));
            numbers += " ± " + Axis.format(point.spread());
        }
        taken.add(new Box(across - 5, down - 5, 10, 10));
        svg.with(tag("circle", "cx cy r fill", across, down, 4, color(series))
                .with(TagCreator.tag("title").withText(Controls.escaped(numbers))));
    }

    private void label() {
        for (Chart.Series series : chart.series()) {
            Chart.Point point = series.points().get(0);
            switch (series.kind()) {
                case LEVEL -> labelLevel(series.name(), color(series), point.y());
                case LABELLED -> label(series.name(), color(series), x(point.x()), y(point.y()), 8, LINE / 2.0);
                default -> {}
            }
        }
    }

    private void labelLevel(String name, String color, double value) {
        if (y.contains(value)) {
            label(name, color, RIGHT, y(value) - LINE / 2.0, 4, LINE);
        } else {
            boolean above = value > y.high();
            String text = name + ": " + Axis.format(value) + (above ? " ↑" : " ↓");
            label(text, color, RIGHT, above ? top + LINE : top + PLOT - LINE / 2.0, 4, LINE);
        }
    }

    /** Writes a name to the right or the left of a place, higher or lower by steps, where it covers least. */
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
        String names = "x1 y1 x2 y2 stroke stroke-dasharray stroke-width";
        draw("line", names, x1, y1, x2, y2, color, dashes, width);
    }

    private void text(double left, double baseline, String text, String names, Object... values) {
        ContainerTag<?> element =
                tag("text", names, values).attr("x", number(left)).attr("y", number(baseline));
        svg.with(element.withText(Controls.escaped(text)));
    }

    private void draw(String name, String names, Object... values) {
        svg.with(tag(name, names, values));
    }

    /** Returns an element with attributes, whose names are separated by spaces. */
    private static ContainerTag<?> tag(String name, String names, Object... values) {
        ContainerTag<?> tag = TagCreator.tag(name);
        String[] attributes = names.split(" ");
        for (int i = 0; i < values.length; i++) {
            tag.attr(attributes[i], values[i] instanceof Double one ? number(one) : values[i]);
        }
        return tag;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
    }
}
