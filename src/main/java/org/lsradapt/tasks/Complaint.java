package org.lsradapt.tasks;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What can be wrong with a text or a label of one's own, in words that follow the name of the value. */
final class Complaint {

    private Complaint() {
    }

    /** About a text that a model is to read. */
    static Optional<String> aboutText(String text) {
        return text.isBlank() ? Optional.of("is empty, expected a text") : aboutUnicode(text);
    }

    /** About a text that may be empty. */
    static Optional<String> aboutUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text)
                ? Optional.empty()
                : Optional.of("holds half of a surrogate pair, expected whole characters");
    }

    /** About a label. White space around it would make another class of it, unseen. */
    static Optional<String> aboutLabel(String label) {
        if (label.isBlank()) {
            return Optional.of("is empty, expected a label");
        }
        return label.equals(label.strip())
                ? aboutUnicode(label)
                : Optional.of("is " + Quoted.value(label) + ", expected a label without white space around it");
    }
}
