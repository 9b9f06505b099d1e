package org.lsradapt.models.internal.chat;

import java.time.Duration;
import java.util.Locale;

/**
 * The steps, characters and time that one rendering may use. Every loop that a template can lengthen spends from it before
 * it does the work, so that neither time nor memory depends on the template.
 */
final class Budget {
    /** Longest text in characters. */
    static final int LONGEST_TEXT = 16_000_000;

    static final int LARGEST_RANGE = 100_000;

    /** Most digits of an integer, Python's own limit for printing one. */
    static final int MOST_DIGITS = 4300;

    private static final long MOST_BITS = 14_284;
    private static final long MOST_STEPS = 50_000_000L;
    private static final long MOST_SPACE = 128_000_000L;
    private static final int ITEM = 32;
    private static final int DEEPEST_VALUE = 100;
    private static final int DEEPEST_CALL = 40;
    private static final int BETWEEN_LOOKS = 1 << 14;

    private final Duration slowest;
    private final long end;
    private long steps;
    private long nextLook = BETWEEN_LOOKS;
    private long space;
    private int depth;
    private int calls;
    private int line = 1;
    private boolean ahead;

    Budget(Duration slowest) {
        this.slowest = slowest;
        this.end = System.nanoTime() + slowest.toNanos();
    }

    /** Spends steps, one for each element that is looked at, or for a few characters. */
    void work(long number) {
        steps += number;
        if (steps > MOST_STEPS) {
            throw new Failure("takes more than " + MOST_STEPS + " steps");
        }
        if (steps >= nextLook) {
            nextLook = steps + BETWEEN_LOOKS;
            if (System.nanoTime() - end > 0) {
                throw new Failure("took more than " + slowest.toSeconds() + " seconds");
            }
        }
    }

    void characters(long number) {
        work(1 + number / 8);
        space += number;
        if (space > MOST_SPACE) {
            throw new Failure("makes more than " + MOST_SPACE + " characters, an element counted as " + ITEM);
        }
    }

    /** Spends memory for elements of lists and entries of maps. */
    void items(long number) {
        characters(Math.multiplyExact(Math.min(number, MOST_SPACE), ITEM));
    }

    /** Returns a text that was already built, or refuses it. */
    String text(String made) {
        requireLength(made.length());
        characters(made.length());
        return made;
    }

    void requireLength(long length) {
        if (length > LONGEST_TEXT) {
            throw new Failure(String.format(
                    Locale.ROOT, "makes a text of %d characters, expected %d at most", length, LONGEST_TEXT));
        }
    }

    void requireBits(long bits) {
        if (bits > MOST_BITS) {
            throw new Failure("makes an integer of more than " + MOST_DIGITS + " digits");
        }
        if (bits > Long.SIZE) {
            characters(bits / Byte.SIZE);
        }
    }

    void down() {
        work(1);
        if (++depth > DEEPEST_VALUE) {
            throw new Failure("nests values more than " + DEEPEST_VALUE + " deep");
        }
    }

    void up() {
        depth--;
    }

    void call() {
        work(1);
        if (++calls > DEEPEST_CALL) {
            throw new Failure("calls macros more than " + DEEPEST_CALL + " deep");
        }
    }

    void leaveCall() {
        calls--;
    }

    /** Sets whether values are computed before their turn, and so must not change; returns the old state. */
    boolean ahead(boolean now) {
        boolean before = ahead;
        ahead = now;
        return before;
    }

    void requireChangesSeen() {
        if (ahead) {
            throw new Failure("a namespace in the condition of a loop or in an element of a filter is not supported");
        }
    }

    void at(int newLine) {
        work(1);
        line = newLine;
    }

    /** The line of the running statement. */
    int line() {
        return line;
    }
}
