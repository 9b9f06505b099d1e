package org.lsradapt.tasks;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The unit of positions in a text. */
public enum Offsets {
    /** Unicode characters, as Python's strings and most tools for annotation count. */
    CODE_POINTS {
        @Override
        public int toIndex(String text, int offset) {
            int points = text.codePointCount(0, text.length());
            return offset < 0 || offset > points ? -1 : text.offsetByCodePoints(0, offset);
        }

        @Override
        public int ofIndex(String text, int index) {
            return text.codePointCount(0, index);
        }
    },
    /** Code units of UTF-16, as Java's and JavaScript's strings count; a character beyond U+FFFF is two. */
    UTF_16 {
        @Override
        public int toIndex(String text, int offset) {
            return offset < 0 || offset > text.length() ? -1 : offset;
        }

        @Override
        public int ofIndex(String text, int index) {
            return index;
        }
    };

    /**
     * The index in a Java string that an offset is.
     *
     * @return from 0 to the text's length; −1 if it is none of this text
     */
    public abstract int toIndex(String text, int offset);

    /** The offset that an index in a Java string is. */
    public abstract int ofIndex(String text, int index);

    /** The name in options: {@code code-points} or {@code utf-16}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Finds what offsets are counted in.
     *
     * @param label as {@link #label} gives it
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Offsets named(String label) {
        return Arrays.stream(values())
                .filter(offsets -> offsets.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("offsets '" + label + "', expected one of "
                        + Arrays.stream(values()).map(Offsets::label).collect(Collectors.joining(", "))));
    }
}
