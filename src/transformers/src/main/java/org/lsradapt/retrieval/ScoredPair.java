package org.lsradapt.retrieval;

import java.util.Optional;
import org.lsradapt.data.rules.TextProblem;

/**
 * Two texts with the score of their similarity.
 *
 * @param score the similarity, in any unit; larger is more similar
 */
public record ScoredPair(String first, String second, double score) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or not valid Unicode, or the score is not finite
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
