package org.lsradapt.tasks.internal;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Errors in a text or a label of a user's data, in words that follow the name of the value. */
public final class TextProblem {

    private TextProblem() {}

    /** Of a text that a model is to read. */
    public static Optional<String> ofText(String text) {
        return text.isBlank() ? Optional.of("is empty, expected a text") : ofUnicode(text);
    }

    /** Of a text that may be empty. */
    public static Optional<String> ofUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text)
                ? Optional.empty()
                : Optional.of("holds half of a surrogate pair, expected whole characters");
    }

    /** Of a label. White space around it would make another class of it, unseen. */
    public static Optional<String> ofLabel(String label) {
        if (label.isBlank()) {
            return Optional.of("is empty, expected a label");
        }
        boolean surrounded = isSpace(label.codePointAt(0)) || isSpace(label.codePointBefore(label.length()));
        return surrounded
                ? Optional.of("is " + Quoted.value(label) + ", expected a label without white space around it")
                : ofUnicode(label);
    }

    /** Also spaces that do not break a line, and those without width. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x200b || c == 0xfeff;
    }

    /**
     * Refuses a value.
     *
     * @param owner what the value is of, for the message
     * @param name the value's
     */
    public static void refuse(String owner, String name, Optional<String> problem) {
        problem.ifPresent(message -> {
            throw new IllegalArgumentException(owner + ": the " + name + " " + message);
        });
    }
}
