package org.lsradapt.runs;

import org.lsradapt.training.TrainingListener;

/** Told of a run's progress, in the thread that runs it. */
public interface RunListener {

    /** A listener that does nothing. */
    RunListener SILENT = new RunListener() {};

    /** Something worth a line: what is loaded, how much data there is. */
    default void said(String line) {}

    /** A method begins to be trained; the returned watch is closed at its end. */
    default Watch training(Method method, long seed) {
        return new Watch() {};
    }

    /** Told of one training. */
    interface Watch extends TrainingListener, AutoCloseable {
        @Override
        default void close() {}
    }
}
