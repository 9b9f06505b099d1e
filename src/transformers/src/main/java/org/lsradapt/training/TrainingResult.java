package org.lsradapt.training;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;

/**
 * The outcome of a training run.
 *
 * @param evaluations the evaluations in order, at least one
 * @param bestIndex the index of the best evaluation, as {@link Trainer#run} defines it; the model has its parameters
 * @param readings the condition monitor's readings, in order; empty without a monitor
 * @param skippedSteps the number of steps skipped because a gradient overflowed in low precision
 * @param stoppedEarly whether the run ended before its last step because evaluations no longer improved
 */
public record TrainingResult(
        List<EvaluationResult> evaluations,
        int bestIndex,
        List<ConditionMonitor.Reading> readings,
        int skippedSteps,
        boolean stoppedEarly) {

    /** Copies the lists and checks the index. */
    public TrainingResult {
        evaluations = List.copyOf(evaluations);
        readings = List.copyOf(readings);
        Require.argument(
                bestIndex >= 0 && bestIndex < evaluations.size(),
                "training result: best index is %d, expected one of %d evaluations",
                bestIndex,
                evaluations.size());
    }

    /** The best evaluation. */
    public EvaluationResult best() {
        return evaluations.get(bestIndex);
    }

    /** The last evaluation. */
    public EvaluationResult last() {
        return evaluations.get(evaluations.size() - 1);
    }
}
