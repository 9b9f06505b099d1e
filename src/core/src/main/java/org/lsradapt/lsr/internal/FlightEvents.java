package org.lsradapt.lsr.internal;

import java.util.Optional;
import java.util.function.Supplier;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;

/** Begins events for JDK Flight Recorder. The first event of a process loads a hundred classes. */
public final class FlightEvents {

    private FlightEvents() {}

    /** Begins an event; empty in a process that has not recorded yet. */
    public static <E extends Event> Optional<E> begin(Supplier<E> event) {
        if (!FlightRecorder.isInitialized()) {
            return Optional.empty();
        }
        E begun = event.get();
        begun.begin();
        return Optional.of(begun);
    }
}
