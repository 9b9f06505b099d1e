package org.lsradapt.report.internal;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.Predictions;

/** Confusion matrices side by side, with actual classes in rows and predicted classes in columns. */
final class ConfusionPicture {
    /** The largest number of classes for which counts are written. */
    private static final int MOST_WRITTEN = 30;

    private static final int LARGEST_CELL = 56;
    private static final int SMALLEST_CELL = 4;
    private static final int MATRIX = 640;
    private static final int MARGIN = 20;
    private static final int MOST_LABEL = 140;
    private static final int TITLE = 44;
    /** Space for an axis title in pixels. */
    private static final int AXIS = 24;

    /** The most pixels in a picture, which take 80 MB of memory. */
    static final int MOST_PIXELS = 20_000_000;

    private ConfusionPicture() {}

    /** Returns the classifiers to draw: each method with the first seed. */
    static List<MethodResult> shown(RunRecord run) {
        return run.byMethod().values().stream()
                .map(results -> results.get(0))
                .filter(result -> result.predictions().isPresent())
                .toList();
    }

    static boolean fits(List<MethodResult> results) {
        int classes = classes(results);
        return (long) results.size() * width(classes) * height(classes) <= MOST_PIXELS;
    }

    /** Returns the number of classes, which all classifiers of a run share. */
    static int classes(List<MethodResult> results) {
        return results.get(0).predictions().orElseThrow().labels().size();
    }

    /** Returns the bytes of a PNG file. The picture must {@link #fits fit}. */
    static byte[] png(List<MethodResult> results) throws IOException {
        int width = width(classes(results));
        int height = height(classes(results));
        BufferedImage all = new BufferedImage(results.size() * width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < results.size(); i++) {
            MethodResult result = results.get(i);
            draw(
                    all.getSubimage(i * width, 0, width, height),
                    result.method(),
                    result.predictions().orElseThrow());
        }
        return Charts.png(all);
    }

    private static int width(int classes) {
        return AXIS + label(classes) + cell(classes) * classes + 2 * MARGIN;
    }

    private static int height(int classes) {
        return TITLE + cell(classes) * classes + label(classes) + AXIS + MARGIN;
    }

    private static int cell(int classes) {
        return Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, MATRIX / classes));
    }

    private static int label(int classes) {
        return isWritten(classes) ? MOST_LABEL : MARGIN;
    }

    private static boolean isWritten(int classes) {
        return classes <= MOST_WRITTEN;
    }

    private static void draw(BufferedImage image, String method, Predictions predictions) {
        List<String> labels = predictions.labels();
        int cell = cell(labels.size());
        boolean written = isWritten(labels.size());
        int label = label(labels.size());
        int size = cell * labels.size();
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setColor(Color.BLACK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 16));
        int left = AXIS + label + MARGIN;
        graphics.drawString(method, left, TITLE / 2);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(9, Math.min(13, cell / 3 + 2))));
        graphics.translate(left, TITLE);
        cells(graphics, predictions.confusion(), cell, written);
        if (written) {
            labels(graphics, labels, cell);
        }
        graphics.setColor(Charts.GREY);
        graphics.drawRect(0, 0, size, size);
        axes(graphics, size, written ? widest(labels, graphics.getFontMetrics()) : 0);
        graphics.dispose();
    }

    /** Draws the titles of rows and columns. */
    private static void axes(Graphics2D graphics, int size, int names) {
        graphics.setColor(Color.BLACK);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        FontMetrics metrics = graphics.getFontMetrics();
        String columns = "predicted class";
        graphics.drawString(columns, (size - metrics.stringWidth(columns)) / 2, size + names + AXIS);
        String rows = "actual class";
        graphics.rotate(-Math.PI / 2);
        graphics.drawString(rows, -(size + metrics.stringWidth(rows)) / 2, -names - AXIS / 2);
        graphics.rotate(Math.PI / 2);
    }

    private static int widest(List<String> labels, FontMetrics metrics) {
        return labels.stream()
                .mapToInt(label -> metrics.stringWidth(shortened(label, metrics)))
                .max()
                .orElse(0);
    }

    private static void cells(Graphics2D graphics, int[][] counts, int cell, boolean written) {
        FontMetrics metrics = graphics.getFontMetrics();
        for (int row = 0; row < counts.length; row++) {
            int total = Math.max(1, Arrays.stream(counts[row]).sum());
            for (int column = 0; column < counts.length; column++) {
                double share = (double) counts[row][column] / total;
                graphics.setColor(shade(row == column ? Charts.BLUE : Charts.RED, share));
                graphics.fillRect(column * cell, row * cell, cell, cell);
                if (written && counts[row][column] > 0) {
                    String text = Integer.toString(counts[row][column]);
                    graphics.setColor(share > 0.6 ? Color.WHITE : Color.BLACK);
                    graphics.drawString(
                            text,
                            column * cell + (cell - metrics.stringWidth(text)) / 2,
                            row * cell + (cell + metrics.getAscent()) / 2);
                }
            }
        }
    }

    private static void labels(Graphics2D graphics, List<String> labels, int cell) {
        FontMetrics metrics = graphics.getFontMetrics();
        graphics.setColor(Color.BLACK);
        for (int i = 0; i < labels.size(); i++) {
            String label = shortened(labels.get(i), metrics);
            int middle = i * cell + (cell + metrics.getAscent()) / 2;
            graphics.drawString(label, -metrics.stringWidth(label) - 6, middle);
            graphics.rotate(Math.PI / 2);
            graphics.drawString(label, labels.size() * cell + 6, -i * cell - (cell - metrics.getAscent()) / 2);
            graphics.rotate(-Math.PI / 2);
        }
    }

    static String shortened(String label, FontMetrics metrics) {
        String text = label;
        while (metrics.stringWidth(text) > MOST_LABEL - 10 && text.length() > 2) {
            text = text.substring(0, text.length() - 2) + "…";
        }
        return text;
    }

    /** Returns a shade between white, for 0, and the full color, for 1. */
    private static Color shade(Color full, double share) {
        return new Color(
                (int) (255 - (255 - full.getRed()) * share), (int) (255 - (255 - full.getGreen()) * share), (int)
                        (255 - (255 - full.getBlue()) * share));
    }
}
