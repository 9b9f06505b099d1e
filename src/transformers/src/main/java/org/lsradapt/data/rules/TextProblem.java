package org.lsradapt.data.rules;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Describes errors in a text or a label of a user's data, in words that follow the value's name. */
public final class TextProblem {

    private TextProblem() {}

    /** Checks a text that a model reads. */
    public static Optional<String> ofText(String text) {
        return text.isBlank() ? Optional.of("is empty, expected a text") : ofUnicode(text);
    }

    /** Checks a text that may be empty. */
    public static Optional<String> ofUnicode(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text)
                ? Optional.empty()
                : Optional.of("holds half of a surrogate pair, expected whole characters");
    }

    /** Checks a label. White space around it would silently make another class of it. */
    public static Optional<String> ofLabel(String label) {
        if (label.isBlank()) {
            return Optional.of("is empty, expected a label");
        }
        boolean surrounded = isSpace(label.codePointAt(0)) || isSpace(label.codePointBefore(label.length()));
        return surrounded
                ? Optional.of("is " + Quoted.value(label) + ", expected a label without white space around it")
                : ofUnicode(label);
    }

    /** Includes spaces that do not break a line and spaces without width. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x200b || c == 0xfeff;
    }

    /** Throws an exception if there is a problem; the message names the owner of the value and the value. */
    public static void refuse(String owner, String name, Optional<String> problem) {
        problem.ifPresent(message -> {
            throw new IllegalArgumentException(owner + ": the " + name + " " + message);
        });
    }
}
