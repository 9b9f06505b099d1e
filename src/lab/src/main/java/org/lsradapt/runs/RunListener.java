package org.lsradapt.runs;

import org.lsradapt.training.TrainingListener;

/** Receives the progress of a run, in the thread of the run. */
public interface RunListener {

    /** A listener that does nothing. */
    RunListener SILENT = new RunListener() {};

    /** Receives a line about the run, such as the model that is loaded or the amount of data. */
    default void said(String line) {}

    /** Called when a training begins; the run closes the returned watch when the training ends. */
    default Watch training(Method method, long seed) {
        return new Watch() {};
    }

    /** Receives the progress of one training. */
    interface Watch extends TrainingListener, AutoCloseable {
        @Override
        default void close() {}
    }
}
