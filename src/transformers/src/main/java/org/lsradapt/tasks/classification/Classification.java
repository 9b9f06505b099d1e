package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Logits;

/**
 * A classifier's answer for a text.
 *
 * @param label the most probable class; the first of several equal ones
 * @param probability its probability, softmax of the logits
 * @param labels all classes in the order of the model's outputs
 * @param probabilities the probability of each class, in the same order
 */
public record Classification(String label, double probability, List<String> labels, List<Double> probabilities) {

    /** Copies the lists. */
    public Classification {
        labels = List.copyOf(labels);
        probabilities = List.copyOf(probabilities);
    }

    /** The classification of a row of logits, one per class in their order. */
    public static Classification of(double[] logits, List<String> labels) {
        int best = Logits.largest(logits);
        double top = logits[best];
        double total = 0;
        for (double logit : logits) {
            total += Math.exp(logit - top);
        }
        double sum = total;
        List<Double> probabilities = IntStream.range(0, logits.length)
                .mapToObj(i -> Math.exp(logits[i] - top) / sum)
                .toList();
        return new Classification(labels.get(best), probabilities.get(best), labels, probabilities);
    }

    /** The probability of one of the classes. */
    public double probability(String ofLabel) {
        int index = labels.indexOf(ofLabel);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "probability: there is no class \"" + ofLabel + "\", expected one of " + labels);
        }
        return probabilities.get(index);
    }
}
