package org.lsradapt.data;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/** The unit of positions in a text. */
public enum Offsets {
    /** Unicode code points, as in Python's strings and most annotation tools. */
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
    /** UTF-16 code units, as in Java's and JavaScript's strings; a character beyond U+FFFF counts as two. */
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

    /** Converts an offset to an index in a Java string; −1 if the offset is not a position in this text. */
    public abstract int toIndex(String text, int offset);

    /** Converts an index in a Java string to an offset. */
    public abstract int ofIndex(String text, int index);

    /** The name in command-line options: {@code code-points} or {@code utf-16}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Finds a unit; the exception for an unknown name lists all. */
    public static Offsets named(String label) {
        return Require.named("offsets", label, values(), Offsets::label);
    }
}
