package org.lsradapt.tasks;

import java.util.List;

/**
 * Two texts that belong together, such as a question and a passage that answers it.
 *
 * @param anchor the text that is asked with
 * @param positive the text that belongs to it
 * @param negatives texts that resemble the positive and do not belong to the anchor; any number, copied
 */
public record TextPair(String anchor, String positive, List<String> negatives) {

    /**
     * Copies the list and checks the texts.
     *
     * @throws IllegalArgumentException if a text is blank or no valid Unicode
     */
    public TextPair {
        negatives = List.copyOf(negatives);
        require("anchor", anchor);
        require("positive", positive);
        negatives.forEach(negative -> require("negative", negative));
    }

    /** A pair without hard negatives. */
    public TextPair(String anchor, String positive) {
        this(anchor, positive, List.of());
    }

    private static void require(String name, String text) {
        Complaint.aboutText(text).ifPresent(message -> {
            throw new IllegalArgumentException("text pair: the " + name + " " + message);
        });
    }
}
