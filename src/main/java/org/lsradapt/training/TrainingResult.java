package org.lsradapt.training;

import java.util.List;
import org.lsradapt.lsr.numerics.ConditionMonitor;

/**
 * What a run brought.
 *
 * @param epochs one per epoch
 * @param bestEpoch the epoch with the best primary metric, counted from 1; the model has its parameters
 * @param readings what the condition monitor saw, in order; empty without one
 * @param skippedSteps steps that were not taken because a gradient overflowed in low precision
 */
public record TrainingResult(
        List<EpochResult> epochs, int bestEpoch, List<ConditionMonitor.Reading> readings, int skippedSteps) {

    /** The best epoch's result. */
    public EpochResult best() {
        return epochs.get(bestEpoch - 1);
    }
}
