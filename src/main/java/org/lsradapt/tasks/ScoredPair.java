package org.lsradapt.tasks;

/**
 * Two texts and how similar they are.
 *
 * @param first a text
 * @param second another
 * @param score how similar they are: the larger, the more; finite
 */
public record ScoredPair(String first, String second, double score) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a text is blank or no valid Unicode, or the score is not finite
     */
    public ScoredPair {
        require("first text", first);
        require("second text", second);
        if (!Double.isFinite(score)) {
            throw new IllegalArgumentException("scored pair: the score is " + score + ", expected a finite number");
        }
    }

    private static void require(String name, String text) {
        Complaint.aboutText(text).ifPresent(message -> {
            throw new IllegalArgumentException("scored pair: the " + name + " " + message);
        });
    }
}
