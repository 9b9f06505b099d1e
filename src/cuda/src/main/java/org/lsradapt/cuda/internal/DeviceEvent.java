package org.lsradapt.cuda.internal;

/** A point in time on a device. */
public interface DeviceEvent extends AutoCloseable {

    /** The milliseconds from this point to a later one; waits for the later one. */
    double millisecondsTo(DeviceEvent later);

    @Override
    void close();
}
