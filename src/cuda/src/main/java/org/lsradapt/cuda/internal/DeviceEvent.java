package org.lsradapt.cuda.internal;

/** A point in time on a device. */
public interface DeviceEvent extends AutoCloseable {

    /** Milliseconds from this point to a later one; waits for the latter. */
    double millisecondsTo(DeviceEvent later);

    @Override
    void close();
}
