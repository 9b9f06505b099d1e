package org.lsradapt.report.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.lsradapt.images.ImageSource;
import org.lsradapt.training.Predictions;

/**
 * Images with their actual and predicted classes: mistakes first, in up to half of the places, then correct ones.
 *
 * @param pngs the bytes of small PNG files
 */
record ExampleImages(List<byte[]> pngs, List<String> captions) {
    private static final int PLACES = 24;

    private static final int SIDE = 128;

    static ExampleImages of(Predictions predictions) throws IOException {
        List<Integer> chosen = new ArrayList<>(spread(predictions, false, PLACES / 2));
        chosen.addAll(spread(predictions, true, PLACES - chosen.size()));
        List<byte[]> pngs = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (int i : chosen) {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(ImageSource.at(predictions.images().get(i)).read().thumbnail(SIDE), "png", png);
            pngs.add(png.toByteArray());
            String actual = predictions.labels().get(predictions.right().get(i));
            String predicted = predictions.labels().get(predictions.found().get(i));
            captions.add(actual.equals(predicted) ? actual : actual + ", predicted as " + predicted);
        }
        return new ExampleImages(pngs, captions);
    }

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

    void addTo(Report report) {
        report.images("Example images", pngs, captions);
    }
}
