package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A chart, which is drawn as SVG. Not thread-safe. */
public final class Chart {
    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final List<Series> series = new ArrayList<>();
    private List<String> names = List.of();
    private boolean xLogarithmic;
    private boolean yLogarithmic;

    /** A series, and how it is drawn. */
    enum Kind {
        /** A line through the points, with the name in the legend. */
        LINE,
        /** Separate points, with the name in the legend. */
        POINTS,
        /** One point with its name next to it. */
        LABELLED,
        /** A horizontal line at the point's height, with its name. Far from all points it is only named. */
        LEVEL,
        /** A vertical line at the point's place, with its name. */
        MARK
    }

    /**
     * A point.
     *
     * @param spread half the length of its bar; NaN for none
     */
    record Point(double x, double y, double spread) {

        Point(double x, double y) {
            this(x, y, Double.NaN);
        }

        DoubleStream ends() {
            return Double.isNaN(spread) ? DoubleStream.of(y) : DoubleStream.of(y - spread, y + spread);
        }
    }

    /**
     * A series.
     *
     * @param look the index of its color and its dashes
     */
    record Series(Kind kind, String name, int look, List<Point> points) {}

    public Chart(String title, String xTitle, String yTitle) {
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
    }

    /** Makes the x axis logarithmic, which omits points that are not positive. */
    public Chart withLogarithmicX() {
        xLogarithmic = true;
        return this;
    }

    /** Makes the y axis logarithmic, which omits points that are not positive. */
    public Chart withLogarithmicY() {
        yLogarithmic = true;
        return this;
    }

    /** Sets names for the positions 0, 1, … of the x axis. */
    Chart withNames(List<String> names) {
        this.names = List.copyOf(names);
        return this;
    }

    public void line(String name, double[] x, double[] y) {
        add(Kind.LINE, name, series.size(), IntStream.range(0, x.length).mapToObj(i -> new Point(x[i], y[i])));
    }

    /** Adds a point with its name next to it, and a bar of one standard deviation. */
    public void point(String name, double x, Spread y) {
        add(Kind.LABELLED, name, series.size(), Stream.of(new Point(x, y.mean(), y.deviation())));
    }

    /** Adds a horizontal line with a name. If it is far from all points, only the name and the value are shown. */
    public void level(String name, double y) {
        add(Kind.LEVEL, name, series.size(), Stream.of(new Point(1, y)));
    }

    public void mark(String name, double x) {
        add(Kind.MARK, name, series.size(), Stream.of(new Point(x, 1)));
    }

    void add(Kind kind, String name, int look, Stream<Point> points) {
        List<Point> shown = points.filter(point -> isShown(point.x(), xLogarithmic) && isShown(point.y(), yLogarithmic))
                .toList();
        if (!shown.isEmpty()) {
            series.add(new Series(kind, name, look, shown));
        }
    }

    private static boolean isShown(double value, boolean logarithmic) {
        return Double.isFinite(value) && (!logarithmic || value > 0);
    }

    String title() {
        return title;
    }

    String xTitle() {
        return xTitle;
    }

    String yTitle() {
        return yTitle;
    }

    List<String> names() {
        return names;
    }

    List<Series> series() {
        return List.copyOf(series);
    }

    Axis x() {
        double[] all = points(kind -> kind != Kind.LEVEL).mapToDouble(Point::x).toArray();
        if (!names.isEmpty()) {
            return Axis.names(names.size());
        }
        boolean whole = DoubleStream.of(all).allMatch(x -> x == Math.rint(x));
        return axis(all, xLogarithmic, whole ? 1 : 0);
    }

    /** Returns the y axis, around all points, and around levels whose distance from the points is at most their range. */
    Axis y() {
        double[] ends = points(kind -> kind != Kind.LEVEL && kind != Kind.MARK)
                .flatMapToDouble(Point::ends)
                .toArray();
        double[] levels =
                points(kind -> kind == Kind.LEVEL).mapToDouble(Point::y).toArray();
        if (ends.length == 0) {
            return axis(levels, yLogarithmic, 0);
        }
        double low = DoubleStream.of(ends).min().orElseThrow();
        double high = DoubleStream.of(ends).max().orElseThrow();
        double range = high - low;
        DoubleStream near = DoubleStream.of(levels).filter(y -> y >= low - range && y <= high + range);
        return axis(DoubleStream.concat(near, DoubleStream.of(low, high)).toArray(), yLogarithmic, 0);
    }

    private Stream<Point> points(Predicate<Kind> which) {
        return series.stream().filter(one -> which.test(one.kind())).flatMap(one -> one.points().stream());
    }

    private static Axis axis(double[] values, boolean logarithmic, double least) {
        double low = DoubleStream.of(values).min().orElse(1);
        double high = DoubleStream.of(values).max().orElse(1);
        if (logarithmic) {
            double positive =
                    DoubleStream.of(values).filter(value -> value > 0).min().orElse(1);
            return Axis.decades(positive, Math.max(positive, high));
        }
        return Axis.linear(low, high, least);
    }

    /** Returns the drawing. A pointer over a point shows its numbers. */
    public String svg() {
        return new ChartDrawing(this).svg();
    }
}
