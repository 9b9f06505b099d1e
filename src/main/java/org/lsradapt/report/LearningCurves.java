package org.lsradapt.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lsradapt.training.EpochResult;

/**
 * Training loss and primary metric by epoch, one line per method: the mean over the seeds, with bars of one standard
 * deviation where there are several.
 */
final class LearningCurves {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 520;
    /** From Okabe and Ito's palette, which colour-blind readers can tell apart. */
    private static final Map<String, Color> COLORS = Map.of(
            "frozen", new Color(0x777777), "lora", new Color(0xE69F00), "lsr", new Color(0x0072B2));

    private static final Color OTHER = new Color(0x009E73);

    private LearningCurves() {}

    /** The picture as a PNG file's bytes. */
    static byte[] png(RunRecord run) throws IOException {
        XYChart loss = chart(run, "training loss", EpochResult::loss);
        String metric = run.primaryMetric();
        XYChart quality = chart(run, metric, epoch -> epoch.metrics().get(metric));
        BufferedImage both = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = both.createGraphics();
        graphics.drawImage(BitmapEncoder.getBufferedImage(loss), 0, 0, null);
        graphics.drawImage(BitmapEncoder.getBufferedImage(quality), WIDTH, 0, null);
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!ImageIO.write(both, "png", bytes)) {
            throw new IOException("learning curves: this Java runtime cannot write PNG files");
        }
        return bytes.toByteArray();
    }

    private static XYChart chart(RunRecord run, String title, ToDoubleFunction<EpochResult> value) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title + ", " + run.task() + " with " + run.model())
                .xAxisTitle("epoch")
                .yAxisTitle(title)
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
        Color color = COLORS.getOrDefault(method, OTHER);
        series.setMarkerColor(color);
        series.setLineColor(color);
        series.setLineWidth(2.5f);
    }

    private static void style(XYChart chart, RunRecord run) {
        int epochs = run.results().get(0).training().epochs().size();
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
        chart.getStyler()
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16))
                .setLegendFont(plain)
                .setLegendBorderColor(Color.WHITE);
        chart.getStyler()
                .setAxisTickLabelsFont(plain)
                .setAxisTitleFont(plain)
                .setPlotGridLinesColor(new Color(0xE4E4E4))
                .setXAxisDecimalPattern("0")
                .setXAxisMin(epochs == 1 ? 0.0 : 1.0)
                .setXAxisMax(epochs == 1 ? 2.0 : (double) epochs);
        chart.getStyler().setMarkerSize(8);
        chart.getStyler().setErrorBarsColorSeriesColor(true);
    }
}
