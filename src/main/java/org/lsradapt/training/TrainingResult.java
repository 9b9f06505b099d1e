package org.lsradapt.training;

import java.util.List;

/**
 * What a run brought.
 *
 * @param epochs one per epoch
 * @param bestEpoch the epoch with the best primary metric, counted from 1; the model has its parameters
 */
public record TrainingResult(List<EpochResult> epochs, int bestEpoch) {

    /** The best epoch's result. */
    public EpochResult best() {
        return epochs.get(bestEpoch - 1);
    }
}
