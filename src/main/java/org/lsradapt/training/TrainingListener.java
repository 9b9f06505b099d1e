package org.lsradapt.training;

/** Told of a run's progress, in the thread that trains. */
public interface TrainingListener {

    /** A listener that does nothing. */
    TrainingListener SILENT = new TrainingListener() {};

    /**
     * A step was taken.
     *
     * @param step steps taken so far in the run
     * @param steps steps of the whole run
     * @param loss mean loss of the step's batch
     */
    default void stepped(int step, int steps, double loss) {}

    /**
     * An epoch ended and was evaluated.
     *
     * @param epoch counted from 1
     * @param result what it brought
     * @param best whether it is the best so far
     */
    default void epochEnded(int epoch, EpochResult result, boolean best) {}
}
