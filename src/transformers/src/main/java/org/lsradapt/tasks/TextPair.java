package org.lsradapt.tasks;

import java.util.List;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * Two texts whose embeddings are to be close, such as a question and a passage that answers it.
 *
 * @param anchor what is asked with
 * @param positive what is to be found
 * @param negatives what is not to be found, though it looks alike; may be empty. Copied.
 */
public record TextPair(String anchor, String positive, List<String> negatives) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or no valid Unicode
     */
    public TextPair {
        negatives = List.copyOf(negatives);
        TextProblem.refuse("text pair", "anchor", TextProblem.ofText(anchor));
        TextProblem.refuse("text pair", "positive", TextProblem.ofText(positive));
        for (String negative : negatives) {
            TextProblem.refuse("text pair", "negative", TextProblem.ofText(negative));
        }
    }

    /** A pair, perhaps with negatives. */
    public static TextPair of(String anchor, String positive, String... negatives) {
        return new TextPair(anchor, positive, List.of(negatives));
    }
}
