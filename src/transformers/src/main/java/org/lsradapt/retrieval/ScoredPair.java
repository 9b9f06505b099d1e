package org.lsradapt.retrieval;

import java.util.Optional;
import org.lsradapt.data.rules.TextProblem;

/**
 * Two texts with the score of their similarity.
 *
 * @param score the similarity, in any unit; larger is more similar
 */
public record ScoredPair(String first, String second, double score) {

    /** Checks that the texts are not blank and valid Unicode, and the score is finite. */
    public ScoredPair {
        TextProblem.refuse("scored pair", "first text", TextProblem.ofText(first));
        TextProblem.refuse("scored pair", "second text", TextProblem.ofText(second));
        TextProblem.refuse(
                "scored pair",
                "score",
                Double.isFinite(score) ? Optional.empty() : Optional.of("is " + score + ", expected a finite number"));
    }
}
