package org.lsradapt.tasks;

import java.util.Locale;

/**
 * How much of the training data is held out to evaluate on.
 *
 * @param count what is held out
 * @param total all there was, held out or not
 * @param unit what is counted: rows, pairs, queries, texts or characters
 * @param duplicates how many of all rows, pairs, queries or texts repeat an earlier one; equal ones are on the same side
 * @param seed the seed of the choice
 */
public record HeldOut(long count, long total, Unit unit, int duplicates, long seed) {

    /** The unit of counts. */
    public enum Unit {
        /** Rows of a table or list. */
        ROWS,
        /** Pairs of texts. */
        PAIRS,
        /** Queries with all their passages. */
        QUERIES,
        /** Whole texts. */
        TEXTS,
        /** Characters (UTF-16 code units) at the ends of texts. */
        CHARACTERS
    }

    /** In a few words, such as "held out 123 of 1,230 rows". */
    public String describe() {
        String counted = unit.name().toLowerCase(Locale.ROOT);
        return String.format(Locale.ROOT, "held out %,d of %,d %s", count, total, counted);
    }

    /** The same with where it is from and the seed. */
    String describe(String source) {
        return describe() + " of " + source + " (seed " + seed + ")";
    }
}
