package org.lsradapt.lsr.internal;

import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression from outside: {@link Pattern}, which gives up where it reads characters too often. That bounds
 * backtracking. What takes time without reading any is refused where it is plain to see, in empty groups, empty alternatives
 * and counts above 999; it is not excluded. Python's {@code re} reads every expression alike ({@link CommonSyntax}), on texts of
 * ASCII.
 */
public final class BoundedPattern {

    private static final int LONGEST = 10_000;

    /** Far more than an expression without trouble takes for the name of a layer. */
    private static final int STEPS = 100_000;

    /** How many characters several matches may read together. For one thread at a time. */
    public static final class Steps {
        private final long most;
        private long taken;

        /** None are taken yet. */
        public Steps(long most) {
            this.most = most;
        }
    }

    private final Pattern pattern;

    private BoundedPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException if it is none, is longer than 10,000 characters, has syntax that Python reads otherwise, or could take
     *     long without reading any
     */
    public static BoundedPattern compile(String expression) {
        Require.argument(
                expression.length() <= LONGEST,
                "regular expression '%s' has %d characters, expected at most %d",
                shortened(expression),
                expression.length(),
                LONGEST);
        try {
            Pattern pattern = Pattern.compile(expression);
            CommonSyntax.require(expression);
            return new BoundedPattern(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "'" + shortened(expression) + "' is not a regular expression: " + e.getDescription()
                            + " at character " + (e.getIndex() + 1),
                    e);
        }
    }

    /**
     * Whether the expression matches the whole text.
     *
     * @throws IllegalArgumentException if that takes more than 100,000 steps
     */
    public boolean matches(String text) {
        return matches(text, new Steps(STEPS));
    }

    /**
     * Whether the expression matches the whole text.
     *
     * @param steps those that are left; reduced
     * @throws IllegalArgumentException if they do not suffice
     */
    public boolean matches(String text, Steps steps) {
        return found(text, steps, Matcher::matches);
    }

    /** Whether the expression matches a beginning of the text, as Python's {@code re.match}; otherwise as the others. */
    public boolean begins(String text, Steps steps) {
        return found(text, steps, Matcher::lookingAt);
    }

    private boolean found(String text, Steps steps, Predicate<Matcher> match) {
        try {
            return match.test(pattern.matcher(new CountedText(text, steps)));
        } catch (OutOfSteps | StackOverflowError e) {
            throw new IllegalArgumentException(
                    "regular expression '" + shortened(pattern.pattern()) + "': matching '" + shortened(text)
                            + "' takes more than " + steps.most
                            + " steps, expected a shorter expression or one without repetitions in lookaheads",
                    e);
        }
    }

    static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }

    @Override
    public String toString() {
        return pattern.pattern();
    }

    /** Counts the characters that are read. */
    private record CountedText(String text, Steps steps) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++steps.taken > steps.most) {
                throw new OutOfSteps();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }
}
