package org.lsradapt.tasks.ordinal;

import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.tasks.classification.Classification;

/**
 * The answer of an {@link OrdinalClassifier} for a text.
 *
 * @param classes the most probable class, and the probabilities of all classes in their order
 * @param expectedValue the mean of the classes by their probabilities; a class counts as the number that is its label or, if not all labels
 *     are numbers, as its place in the order, from 1
 */
public record OrdinalPrediction(Classification classes, double expectedValue) {

    /** Returns a prediction with the number of each class. */
    static OrdinalPrediction of(Classification classes, List<Double> values) {
        return new OrdinalPrediction(
                classes,
                IntStream.range(0, values.size())
                        .mapToDouble(c -> classes.probabilities().get(c) * values.get(c))
                        .sum());
    }

    /** Returns the most probable class. */
    public String label() {
        return classes.label();
    }

    /** Returns the probability of the most probable class. */
    public double probability() {
        return classes.probability();
    }
}
