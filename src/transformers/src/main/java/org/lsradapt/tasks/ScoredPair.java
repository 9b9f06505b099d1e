package org.lsradapt.tasks;

import java.util.Optional;

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
        require("first text", Complaint.aboutText(first));
        require("second text", Complaint.aboutText(second));
        require(
                "score",
                Double.isFinite(score) ? Optional.empty() : Optional.of("is " + score + ", expected a finite number"));
    }

    private static void require(String name, Optional<String> complaint) {
        complaint.ifPresent(message -> {
            throw new IllegalArgumentException("scored pair: the " + name + " " + message);
        });
    }
}
