package org.lsradapt.tasks;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.lsradapt.tasks.internal.Quoted;

/** What can be wrong with a text or a label of one's own, in words that follow the name of the value. */
final class Complaint {

    private Complaint() {}

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
        boolean surrounded = isSpace(label.codePointAt(0)) || isSpace(label.codePointBefore(label.length()));
        return surrounded
                ? Optional.of("is " + Quoted.value(label) + ", expected a label without white space around it")
                : aboutUnicode(label);
    }

    /** Also spaces that do not break a line, and those without width. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x200b || c == 0xfeff;
    }
}
