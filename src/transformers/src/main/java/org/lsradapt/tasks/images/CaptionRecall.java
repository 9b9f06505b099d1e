package org.lsradapt.tasks.images;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.retrieval.ExactSearch;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.RetrievalEvaluation;

/**
 * Recall of captions by their images and of images by their captions; see {@link ImageTextEmbedder#recall}.
 *
 * @param data images, by their locations, as queries, captions as documents
 */
record CaptionRecall(RetrievalData data) {
    private static final List<Integer> CUTS = List.of(1, 5, 10);

    Stream<?> evaluated() {
        return Stream.concat(
                RetrievalEvaluation.all(data),
                data.queries().stream().map(image -> ImageInputs.fingerprint(image.text())));
    }

    /** Measures recall in both directions, by image: a caption's hits are those of its images, in equal parts. */
    Measurement measure(TowerEncoder encoder) {
        float[][] images = encoder.images(data.queries().stream()
                .map(image -> ImageInputs.source(image.text()))
                .toList());
        float[][] captions =
                encoder.texts(data.corpus().stream().map(IdentifiedText::text).toList());
        List<Set<Integer>> captionsOf = captionsOfImages();
        List<Set<Integer>> imagesOf = imagesOfCaptions(captionsOf);
        boolean[][] found = hits(captionsOf, images, captions);
        boolean[][] foundImages = hits(imagesOf, captions, images);
        List<double[][]> byImage = new ArrayList<>();
        for (int image = 0; image < images.length; image++) {
            double[] sums = new double[2 * CUTS.size() + 2];
            sums[0] = 1;
            for (int caption : captionsOf.get(image)) {
                double part = 1.0 / imagesOf.get(caption).size();
                sums[1] += part;
                add(foundImages[caption], part, sums, 2 + CUTS.size());
            }
            add(found[image], 1, sums, 2);
            byImage.add(new double[][] {sums});
        }
        return Measurement.ofSums(byImage, CaptionRecall::recalls);
    }

    private static void add(boolean[] hits, double part, double[] sums, int from) {
        for (int cut = 0; cut < hits.length; cut++) {
            sums[from + cut] += hits[cut] ? part : 0;
        }
    }

    /** Returns the recalls from the numbers of images and captions, and the hits of both at each cut. */
    private static Map<String, Double> recalls(double[] sums) {
        int cuts = CUTS.size();
        Map<String, Double> recalls = new LinkedHashMap<>();
        recalls.put(ImageTextEmbedder.MEAN_RECALL, 0.0);
        for (int i = 0; i < 2 * cuts; i++) {
            recalls.put((i < cuts ? "text" : "image") + "_recall@" + CUTS.get(i % cuts), sums[2 + i] / sums[i / cuts]);
        }
        double sum = recalls.values().stream().mapToDouble(Double::doubleValue).sum();
        recalls.put(ImageTextEmbedder.MEAN_RECALL, sum / (2 * cuts));
        return recalls;
    }

    private List<Set<Integer>> captionsOfImages() {
        Map<String, Integer> rows = new LinkedHashMap<>();
        data.corpus().forEach(caption -> rows.put(caption.id(), rows.size()));
        List<Set<Integer>> own = new ArrayList<>();
        for (IdentifiedText image : data.queries()) {
            Set<Integer> captions = new TreeSet<>();
            data.judgements().get(image.id()).forEach((caption, grade) -> {
                if (grade > 0) {
                    captions.add(rows.get(caption));
                }
            });
            own.add(captions);
        }
        return own;
    }

    /** For each caption the rows of its images; possibly empty. */
    private List<Set<Integer>> imagesOfCaptions(List<Set<Integer>> captions) {
        List<Set<Integer>> own = new ArrayList<>();
        data.corpus().forEach(caption -> own.add(new TreeSet<>()));
        for (int image = 0; image < captions.size(); image++) {
            for (int caption : captions.get(image)) {
                own.get(caption).add(image);
            }
        }
        return own;
    }

    /** For each query and cut whether one of its own documents is found. */
    private static boolean[][] hits(List<Set<Integer>> own, float[][] queries, float[][] documents) {
        int deepest = CUTS.get(CUTS.size() - 1);
        List<List<Hit>> hits = ExactSearch.in(documents).search(queries, Math.min(deepest, documents.length));
        boolean[][] found = new boolean[queries.length][CUTS.size()];
        for (int query = 0; query < queries.length; query++) {
            Set<Integer> wanted = own.get(query);
            for (int i = 0; i < CUTS.size(); i++) {
                found[query][i] =
                        hits.get(query).stream().limit(CUTS.get(i)).anyMatch(one -> wanted.contains(one.document()));
            }
        }
        return found;
    }
}
