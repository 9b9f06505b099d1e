package org.lsradapt.report.internal;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Sizes, colors and axes that all pictures share. */
public final class Charts {

    /** Width of a picture in pixels. */
    public static final int WIDTH = 760;

    /** Height of a picture in pixels. */
    public static final int HEIGHT = 520;

    /** The following colors are from Okabe and Ito's palette, which color-blind readers can tell apart. */
    static final Color GREY = new Color(0x777777);

    static final Color ORANGE = new Color(0xE69F00);
    static final Color BLUE = new Color(0x0072B2);
    static final Color GREEN = new Color(0x009E73);
    static final Color RED = new Color(0xD55E00);
    static final Color PINK = new Color(0xCC79A7);
    static final Color SKY = new Color(0x56B4E9);

    private static final Color[] LINES = {BLUE, ORANGE, GREEN, RED, PINK, SKY, GREY};
    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP
    };

    /** Tolerance for the rounding error of a quotient that should be a whole number. */
    private static final double ROUNDING = 1e-9;

    private Charts() {}

    /** Returns the color of the n-th line. Colors repeat after seven lines, with another {@link #marker}. */
    public static Color line(int n) {
        return LINES[n % LINES.length];
    }

    public static Marker marker(int n) {
        return MARKERS[n / LINES.length % MARKERS.length];
    }

    /** Returns the n-th of four markers, cyclically. */
    static Marker shape(int n) {
        return MARKERS[n % MARKERS.length];
    }

    /** Sets fonts and grid. */
    public static void style(AxesChartStyler styler) {
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
        styler.setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16))
                .setLegendFont(plain)
                .setLegendBorderColor(Color.WHITE);
        styler.setAxisTickLabelsFont(plain).setAxisTitleFont(plain).setPlotGridLinesColor(new Color(0xE4E4E4));
        styler.setMarkerSize(8);
        styler.setErrorBarsColorSeriesColor(true);
    }

    /**
     * Makes the y axis logarithmic. Its ends are powers of ten and differ, because only powers of ten have labels.
     *
     * @param values positive and finite, at least one
     */
    static void decades(AxesChartStyler styler, DoubleSummaryStatistics values) {
        double low = Math.floor(Math.log10(values.getMin()));
        double high = Math.max(low + 1, Math.ceil(Math.log10(values.getMax())));
        styler.setYAxisLogarithmic(true).setYAxisMin(Math.pow(10, low)).setYAxisMax(Math.pow(10, high));
    }

    /**
     * Returns the ends of an axis: round numbers beyond the values, with a few round numbers in between; such as 0.5 and
     * 0.9 for values from 0.52 to 0.87.
     */
    static double[] ends(double low, double high) {
        double range = high > low ? high - low : low == 0 ? 1 : Math.abs(low);
        double power = Math.pow(10, Math.floor(Math.log10(range / 4)));
        double step = power * (range / 4 < 2 * power ? 1 : range / 4 < 5 * power ? 2 : 5);
        double first = Math.floor(low / step + ROUNDING) * step;
        double last = Math.ceil(high / step - ROUNDING) * step;
        return first < last ? new double[] {first, last} : new double[] {first - step, last + step};
    }

    /** Returns pictures of one height side by side, as the bytes of a PNG file. */
    public static byte[] png(Chart<?, ?>... charts) throws IOException {
        int width = Arrays.stream(charts).mapToInt(Chart::getWidth).sum();
        BufferedImage all = new BufferedImage(width, charts[0].getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = all.createGraphics();
        int left = 0;
        for (Chart<?, ?> chart : charts) {
            graphics.drawImage(BitmapEncoder.getBufferedImage(chart), left, 0, null);
            left += chart.getWidth();
        }
        graphics.dispose();
        return png(all);
    }

    static byte[] png(BufferedImage all) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!ImageIO.write(all, "png", bytes)) {
            throw new IOException("picture: this Java runtime cannot write PNG files");
        }
        return bytes.toByteArray();
    }
}
