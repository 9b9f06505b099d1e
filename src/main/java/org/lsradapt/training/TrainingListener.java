package org.lsradapt.training;

/** Told of a run's progress, in the thread that trains. */
public interface TrainingListener {

    /** A listener that does nothing. */
    TrainingListener SILENT = new TrainingListener() {};

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
}
