package org.lsradapt.training;

import java.util.List;
import java.util.Map;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.training.settings.TrainingPlan;

/** Receives the progress of a run, in the training thread. */
public interface TrainingListener {

    /** A listener that does nothing. */
    TrainingListener SILENT = new TrainingListener() {};

    /** Called first, with the planned steps, when the run begins or resumes. */
    default void started(TrainingPlan plan) {}

    /**
     * Called when the run resumes an earlier one instead of beginning.
     *
     * @param step the number of steps before the interruption
     * @param steps the number of steps of the whole run, if it does not stop early
     * @param evaluations the evaluations before the interruption, in order; {@link #evaluated} does not report them again
     * @param ended whether the earlier run was complete, so that nothing remains to do
     */
    default void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {}

    /**
     * Called after a step of the contrast of classes, before the head's steps, if {@link TrainingConfig#contrastSteps} is
     * above 0.
     *
     * @param step the number of these steps so far
     * @param steps the number of all of them
     */
    default void contrasted(int step, int steps, double loss) {}

    /** Called after a step of the head alone, before the run's first step, if {@link TrainingConfig#headSteps} is above 0. */
    default void headStepped(int step, int steps, double loss) {}

    /** Called with the learning rates by name, {@code adapters} or {@code head}, of the step that {@link #stepped} reports next. */
    default void learningRates(int step, Map<String, Double> rates) {}

    /** Called after an optimizer step, with the number of all steps if the run does not stop early, and the mean loss of its examples. */
    default void stepped(int step, int steps, double loss) {}

    /** Called after an evaluation, which may be the best so far. */
    default void evaluated(EvaluationResult result, boolean best) {}

    /** Called when the run ends before its last step because {@code patience} evaluations have not improved, the last one among them. */
    default void stoppedEarly(EvaluationResult last, int patience) {}

    /** Called at the end of the run, when the model has the parameters of the best evaluation. */
    default void ended(TrainingResult result) {}

    /** Returns a listener that forwards each event to this one, then to another, such as {@link TensorBoard}. */
    default TrainingListener and(TrainingListener other) {
        return new BothListeners(this, other);
    }
}
