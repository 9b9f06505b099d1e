package org.lsradapt.report;

import java.util.List;
import org.lsradapt.lsr.internal.Require;

/**
 * What a classifier says about examples whose classes are known.
 *
 * @param labels names of the classes
 * @param right the class of each example, an index into the labels
 * @param found what the classifier says of each
 * @param images where each image is; empty where examples are texts
 */
public record Predictions(List<String> labels, List<Integer> right, List<Integer> found, List<String> images) {

    /** Copies the lists, and checks that they belong together. */
    public Predictions {
        labels = List.copyOf(labels);
        right = List.copyOf(right);
        found = List.copyOf(found);
        images = List.copyOf(images);
        Require.argument(
                right.size() == found.size() && (images.isEmpty() || images.size() == right.size()),
                "predictions: %d right classes, %d predicted ones and %d images",
                right.size(),
                found.size(),
                images.size());
    }

    /** How many examples of a class were taken for another: [right][found]. */
    public int[][] confusion() {
        int[][] counts = new int[labels.size()][labels.size()];
        for (int i = 0; i < right.size(); i++) {
            counts[right.get(i)][found.get(i)]++;
        }
        return counts;
    }
}
