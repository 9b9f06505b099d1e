package org.lsradapt.tasks.images;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
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

    Map<String, Double> evaluate(TowerEncoder encoder) {
        float[][] images = encoder.images(data.queries().stream()
                .map(image -> ImageInputs.source(image.text()))
                .toList());
        float[][] captions =
                encoder.texts(data.corpus().stream().map(IdentifiedText::text).toList());
        Map<String, Double> recalls = new LinkedHashMap<>();
        recalls.put(ImageTextEmbedder.MEAN_RECALL, 0.0);
        put("text", captionsOfImages(), images, captions, recalls);
        put("image", imagesOfCaptions(), captions, images, recalls);
        double sum = recalls.values().stream().mapToDouble(Double::doubleValue).sum();
        recalls.put(ImageTextEmbedder.MEAN_RECALL, sum / (2 * CUTS.size()));
        return recalls;
    }

    /** For each image the rows of its captions. */
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
    private List<Set<Integer>> imagesOfCaptions() {
        List<Set<Integer>> own = new ArrayList<>();
        data.corpus().forEach(caption -> own.add(new TreeSet<>()));
        List<Set<Integer>> captions = captionsOfImages();
        for (int image = 0; image < captions.size(); image++) {
            for (int caption : captions.get(image)) {
                own.get(caption).add(image);
            }
        }
        return own;
    }

    private static void put(
            String found, List<Set<Integer>> own, float[][] queries, float[][] documents, Map<String, Double> recalls) {
        int deepest = CUTS.get(CUTS.size() - 1);
        List<List<Hit>> hits = ExactSearch.in(documents).search(queries, Math.min(deepest, documents.length));
        long asked = own.stream().filter(some -> !some.isEmpty()).count();
        for (int cut : CUTS) {
            int right = 0;
            for (int query = 0; query < queries.length; query++) {
                Set<Integer> wanted = own.get(query);
                boolean hit = hits.get(query).stream().limit(cut).anyMatch(one -> wanted.contains(one.document()));
                right += hit ? 1 : 0;
            }
            recalls.put(found + "_recall@" + cut, (double) right / asked);
        }
    }
}
