package org.lsradapt.lsr.internal;

import java.util.BitSet;

/**
 * A regular expression from outside, whose matching has an end: with {@link java.util.regex} some expressions take longer
 * than the universe on a short text, and not all of them look at characters meanwhile, so that looks cannot be counted.
 *
 * <p>Expressions may have characters, classes such as {@code [a-z]} and {@code \d}, groups, alternatives, repetitions,
 * {@code ^} and {@code $}, and lookaheads; all else is refused.
 */
public final class BoundedPattern {

    /** Far more than an expression without trouble takes for the name of a layer. */
    private static final int STEPS = 100_000;

    /** How many steps several matches may take together. For one thread at a time. */
    public static final class Steps {
        private final long most;
        private long taken;

        /** None are taken yet. */
        public Steps(long most) {
            this.most = most;
        }

        /** Counts a look at some places of a text, of so many steps each. */
        void take(BitSet places, int each) {
            taken += 1 + (long) each * places.cardinality();
            if (taken > most) {
                throw new OutOfSteps();
            }
        }
    }

    private final String expression;
    private final PatternPart part;

    private BoundedPattern(String expression, PatternPart part) {
        this.expression = expression;
        this.part = part;
    }

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException if it is none, or has what is not supported; the message says where
     */
    public static BoundedPattern compile(String expression) {
        return new BoundedPattern(expression, new PatternParser(expression).parse());
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
        int[] characters = text.codePoints().toArray();
        BitSet start = new BitSet();
        start.set(0);
        try {
            return part.ends(start, characters, steps).get(characters.length);
        } catch (OutOfSteps e) {
            throw new IllegalArgumentException(
                    "regular expression '" + shortened(expression) + "': matching '" + shortened(text)
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
        return expression;
    }

    private static final class OutOfSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfSteps() {
            super(null, null, false, false);
        }
    }
}
