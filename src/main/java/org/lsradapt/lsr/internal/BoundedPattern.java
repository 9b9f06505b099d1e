package org.lsradapt.lsr.internal;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression from outside, whose matching has an end: some expressions take longer than the universe on a
 * short text.
 */
public final class BoundedPattern {

    /** Characters looked at; an expression without trouble looks at each of a name some times. */
    private static final int STEPS = 1_000_000;

    private final Pattern pattern;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Compiles an expression.
     *
     * @throws PatternSyntaxException if it is none
     */
    public static BoundedPattern compile(String expression) {
        return new BoundedPattern(Pattern.compile(expression));
    }

    /**
     * Whether the expression matches the whole text.
     *
     * @throws IllegalArgumentException if that takes more than a million steps, or too deep a recursion
     */
    public boolean matches(String text) {
        try {
            return pattern.matcher(new Counted(text)).matches();
        } catch (StackOverflowError | OutOfSteps e) {
            throw tooLong(text, e);
        }
    }

    private IllegalArgumentException tooLong(String text, Throwable cause) {
        return new IllegalArgumentException(
                "regular expression '" + pattern.pattern() + "': matching '" + text
                        + "' takes more than " + STEPS + " steps, expected an expression without nested repetitions",
                cause);
    }

    @Override
    public String toString() {
        return pattern.pattern();
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }

    /** A text that counts how often it is looked at. */
    private static final class Counted implements CharSequence {
        private final CharSequence text;
        private int steps;

        Counted(CharSequence text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++steps > STEPS) {
                throw new OutOfSteps();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
