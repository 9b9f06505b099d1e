package org.lsradapt.training;

import java.util.List;
import java.util.Map;

/** Told of a run's progress, in the thread that trains. */
public interface TrainingListener {

    /** A listener that does nothing. */
    TrainingListener SILENT = new TrainingListener() {};

    /**
     * The run begins, or goes on; this comes before everything else.
     *
     * @param plan what it will do
     */
    default void started(TrainingPlan plan) {}

    /**
     * The run goes on where an earlier one was, instead of beginning.
     *
     * @param step steps that were taken before
     * @param steps steps of the whole run, if it does not stop early
     * @param evaluations those of before, in order; {@link #evaluated} is not told of them again
     * @param ended whether that run had come to its end, so that nothing is left to do
     */
    default void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {}

    /**
     * A step of the head alone was taken; there are such before the first of the run, if {@link TrainingConfig#headSteps}
     * says so.
     *
     * @param step steps of the head alone so far
     * @param steps how many there are
     * @param loss mean loss of the step's examples
     */
    default void headStepped(int step, int steps, double loss) {}

    /**
     * The learning rates of the step that {@link #stepped} reports next.
     *
     * @param step the step, counted from 1
     * @param rates by what they are for: {@code adapters}, {@code head}, or both
     */
    default void learningRates(int step, Map<String, Double> rates) {}

    /**
     * An optimizer step was taken.
     *
     * @param step steps taken so far in the run
     * @param steps steps of the whole run, if it does not stop early
     * @param loss mean loss of the step's examples
     */
    default void stepped(int step, int steps, double loss) {}

    /**
     * The model was evaluated.
     *
     * @param result its outcome
     * @param best whether it is the best so far
     */
    default void evaluated(EvaluationResult result, boolean best) {}

    /**
     * The run ends before its last step, because evaluations no longer improve.
     *
     * @param last the last evaluation, of which {@link #evaluated} has told
     * @param patience the number of evaluations without a better one
     */
    default void stoppedEarly(EvaluationResult last, int patience) {}

    /**
     * The run has come to its end, and the model has the parameters of the best evaluation.
     *
     * @param result what the trainer returns
     */
    default void ended(TrainingResult result) {}

    /**
     * A listener that forwards each event to this one, then to another.
     *
     * @param other such as {@link TensorBoard}
     */
    default TrainingListener and(TrainingListener other) {
        return new BothListeners(this, other);
    }
}
