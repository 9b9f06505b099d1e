package org.lsradapt.data;

import java.util.List;
import org.lsradapt.data.rules.TextProblem;

/**
 * Two texts whose embeddings should be close, such as a question and a passage that answers it.
 *
 * @param negatives similar texts that should not be found; may be empty. Copied.
 */
public record TextPair(String anchor, String positive, List<String> negatives) {

    /** Checks that the texts are not blank, and are valid Unicode. */
    public TextPair {
        negatives = List.copyOf(negatives);
        TextProblem.refuse("text pair", "anchor", TextProblem.ofText(anchor));
        TextProblem.refuse("text pair", "positive", TextProblem.ofText(positive));
        for (String negative : negatives) {
            TextProblem.refuse("text pair", "negative", TextProblem.ofText(negative));
        }
    }

    /** Creates a pair, optionally with negatives. */
    public static TextPair of(String anchor, String positive, String... negatives) {
        return new TextPair(anchor, positive, List.of(negatives));
    }
}
