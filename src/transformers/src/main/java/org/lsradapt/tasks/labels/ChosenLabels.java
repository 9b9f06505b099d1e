package org.lsradapt.tasks.labels;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The labels that a {@link MultiLabelClassifier} gives a text.
 *
 * @param chosen the labels whose probability reaches their threshold, the most probable first; may be empty
 * @param labels all labels in the order of the model's outputs
 * @param probabilities the probability of each label, in the same order: the sigmoid of its logit
 * @param thresholds the least probability at which each label is chosen, in the same order
 */
public record ChosenLabels(
        List<String> chosen, List<String> labels, List<Double> probabilities, List<Double> thresholds) {

    /** Copies the lists. */
    public ChosenLabels {
        chosen = List.copyOf(chosen);
        labels = List.copyOf(labels);
        probabilities = List.copyOf(probabilities);
        thresholds = List.copyOf(thresholds);
    }

    /** The labels of a row of logits, one per label, each with the least probability at which it is chosen. */
    public static ChosenLabels of(double[] logits, List<String> labels, List<Double> thresholds) {
        List<Double> probabilities = IntStream.range(0, logits.length)
                .mapToObj(i -> 1 / (1 + Math.exp(-logits[i])))
                .toList();
        List<String> chosen = IntStream.range(0, logits.length)
                .filter(i -> probabilities.get(i) >= thresholds.get(i))
                .boxed()
                .sorted((a, b) -> Double.compare(probabilities.get(b), probabilities.get(a)))
                .map(labels::get)
                .toList();
        return new ChosenLabels(chosen, labels, probabilities, thresholds);
    }

    /** The probability of one of the labels. */
    public double probability(String label) {
        int index = labels.indexOf(label);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "probability: there is no label \"" + label + "\", expected one of " + labels);
        }
        return probabilities.get(index);
    }
}
