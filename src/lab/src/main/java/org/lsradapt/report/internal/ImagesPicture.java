package org.lsradapt.report.internal;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.images.ImageSource;
import org.lsradapt.training.Predictions;

/** Images with their right and predicted classes: mistakes first, in up to half of the places, then correct ones. */
final class ImagesPicture {
    private static final int ACROSS = 6;
    private static final int DOWN = 4;
    private static final int SIDE = 128;
    private static final int WIDTH = SIDE + 24;
    private static final int HEIGHT = SIDE + 52;

    private ImagesPicture() {}

    static byte[] png(Predictions predictions) throws IOException {
        List<Integer> chosen = chosen(predictions);
        int rows = (chosen.size() + ACROSS - 1) / ACROSS;
        BufferedImage page = new BufferedImage(ACROSS * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = page.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, page.getWidth(), page.getHeight());
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        for (int i = 0; i < chosen.size(); i++) {
            draw(graphics, predictions, chosen.get(i), i % ACROSS * WIDTH, i / ACROSS * HEIGHT);
        }
        graphics.dispose();
        return Charts.png(page);
    }

    private static void draw(Graphics2D graphics, Predictions predictions, int index, int left, int top)
            throws IOException {
        BufferedImage picture =
                ImageSource.at(predictions.images().get(index)).read().thumbnail(SIDE);
        graphics.drawImage(
                picture, left + (WIDTH - picture.getWidth()) / 2, top + 8 + (SIDE - picture.getHeight()) / 2, null);
        String right = predictions.labels().get(predictions.right().get(index));
        String found = predictions.labels().get(predictions.found().get(index));
        graphics.setColor(Color.BLACK);
        graphics.drawString(ConfusionPicture.shortened(right, graphics.getFontMetrics()), left + 12, top + SIDE + 24);
        if (!right.equals(found)) {
            graphics.setColor(Charts.RED);
            graphics.drawString(
                    ConfusionPicture.shortened("taken for " + found, graphics.getFontMetrics()),
                    left + 12,
                    top + SIDE + 41);
        }
    }

    private static List<Integer> chosen(Predictions predictions) {
        int places = ACROSS * DOWN;
        List<Integer> wrong = spread(predictions, false, places / 2);
        List<Integer> right = spread(predictions, true, places - wrong.size());
        return IntStream.concat(
                        wrong.stream().mapToInt(Integer::intValue),
                        right.stream().mapToInt(Integer::intValue))
                .boxed()
                .toList();
    }

    /** Returns at most {@code most} indices of right or wrong examples, evenly spaced. */
    private static List<Integer> spread(Predictions predictions, boolean right, int most) {
        List<Integer> all = IntStream.range(0, predictions.right().size())
                .filter(i ->
                        predictions.right().get(i).equals(predictions.found().get(i)) == right)
                .boxed()
                .toList();
        int count = Math.min(most, all.size());
        return IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
    }
}
