package org.lsradapt.data;

import java.util.Locale;

/**
 * The size of the part of the training data that is held out for evaluation.
 *
 * @param count the number of units held out
 * @param total the number of all units, held out or not
 * @param unit the unit: rows, pairs, queries, texts or characters
 * @param duplicates the number of rows, pairs, queries or texts that repeat an earlier one; equal ones are on the same side
 */
public record HeldOut(long count, long total, Unit unit, int duplicates, long seed) {

    /** The unit of the counts. */
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

    /** A short description, such as "held out 123 of 1,230 rows". */
    public String describe() {
        String counted = unit.name().toLowerCase(Locale.ROOT);
        return String.format(Locale.ROOT, "held out %,d of %,d %s", count, total, counted);
    }

    String describe(String source) {
        return describe() + " of " + source + " (seed " + seed + ")";
    }
}
