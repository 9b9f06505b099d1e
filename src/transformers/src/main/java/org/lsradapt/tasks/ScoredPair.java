package org.lsradapt.tasks;

import java.util.Optional;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * Two texts and how similar they are.
 *
 * @param first one text
 * @param second the other
 * @param score the larger, the more similar; in any unit
 */
public record ScoredPair(String first, String second, double score) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or no valid Unicode, or the score is not finite
     */
    public ScoredPair {
        TextProblem.refuse("scored pair", "first text", TextProblem.ofText(first));
        TextProblem.refuse("scored pair", "second text", TextProblem.ofText(second));
        TextProblem.refuse(
                "scored pair",
                "score",
                Double.isFinite(score) ? Optional.empty() : Optional.of("is " + score + ", expected a finite number"));
    }
}
