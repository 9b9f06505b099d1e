package org.lsradapt.report;

import java.util.List;
import org.lsradapt.finetuning.validation.Tuning;

/**
 * A search for the rate and the epochs of a method.
 *
 * @param trials the trainings, in order
 */
public record TunedMethod(String method, List<Tuning.Trial> trials, Tuning.Choice best) {

    /** Copies the list. */
    public TunedMethod {
        trials = List.copyOf(trials);
    }

    /** Whether a training has the chosen rate. */
    public boolean hasRate(Tuning.Trial trial) {
        return trial.rate() == best.rate();
    }
}
