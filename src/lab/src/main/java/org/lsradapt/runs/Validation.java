package org.lsradapt.runs;

import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.data.Abstention;
import org.lsradapt.finetuning.validation.Tuning;
import org.lsradapt.lsr.internal.Require;

/**
 * The measures of a run that make its numbers trustworthy.
 *
 * @param folds the number of parts of a cross-validation; 0 for none
 * @param tuning the limits of a search for rate and epochs; empty for no search
 * @param abstain the precision that the answered rows of a classifier are to reach; empty to answer all rows
 */
public record Validation(int folds, Optional<Tuning.Budget> tuning, OptionalDouble abstain) {
    /** One training with the given settings, whose model answers everything. */
    public static final Validation NONE = new Validation(0, Optional.empty(), OptionalDouble.empty());

    /** The most parts of a cross-validation. */
    private static final int MOST_FOLDS = 100;

    /** Checks the numbers. */
    public Validation {
        Require.argument(
                folds == 0 || (folds >= 2 && folds <= MOST_FOLDS),
                "folds: %d, expected a number from 2 to %d, or 0 for none",
                folds,
                MOST_FOLDS);
        abstain.ifPresent(Abstention::requirePrecision);
    }

    boolean hasFolds() {
        return folds > 0;
    }
}
