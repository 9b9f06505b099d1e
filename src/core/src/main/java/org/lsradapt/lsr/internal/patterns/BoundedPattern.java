package org.lsradapt.lsr.internal.patterns;

import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.lsradapt.lsr.internal.Require;

/**
 * A regular expression from an untrusted source: a {@link Pattern} that gives up after reading too many characters,
 * which bounds backtracking. Constructs that take time without reading any are refused where they are evident, in empty
 * groups, empty alternatives and counts above 999; others may remain. On ASCII texts, Python's {@code re} reads every
 * accepted expression alike ({@link CommonSyntax}).
 */
public final class BoundedPattern {

    private static final int LONGEST = 10_000;

    /** Far more than a harmless expression takes for the name of a layer. */
    private static final int STEPS = 100_000;

    /** The number of characters that several matches may read together. For one thread at a time. */
    public static final class Steps {
        private final long most;
        private long taken;

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
     * @throws IllegalArgumentException if it is not an expression, is longer than 10,000 characters, has syntax that
     *     Python reads differently, or could take long without reading any characters
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

    /** Whether the expression matches the whole text; refuses to take more than 100,000 steps. */
    public boolean matches(String text) {
        return matches(text, new Steps(STEPS));
    }

    /** Whether the expression matches the whole text; uses up {@code steps}, and fails if they do not suffice. */
    public boolean matches(String text, Steps steps) {
        return found(text, steps, Matcher::matches);
    }

    /** Like {@link #matches(String, Steps)} for a beginning of the text, as Python's {@code re.match}. */
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
