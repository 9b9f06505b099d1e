package org.lsradapt.tasks;

import java.util.List;
import java.util.Optional;

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
        require("anchor", Complaint.aboutText(anchor));
        require("positive", Complaint.aboutText(positive));
        for (String negative : negatives) {
            require("negative", Complaint.aboutText(negative));
        }
    }

    /** A pair, perhaps with negatives. */
    public static TextPair of(String anchor, String positive, String... negatives) {
        return new TextPair(anchor, positive, List.of(negatives));
    }

    private static void require(String name, Optional<String> complaint) {
        complaint.ifPresent(message -> {
            throw new IllegalArgumentException("text pair: the " + name + " " + message);
        });
    }
}
