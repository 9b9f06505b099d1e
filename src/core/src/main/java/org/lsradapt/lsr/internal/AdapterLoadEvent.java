package org.lsradapt.lsr.internal;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Tells JDK Flight Recorder of an adapter that was read and checked. See {@link FlightEvents}. */
@Name("org.lsradapt.AdapterLoad")
@Label("Adapter Load")
@Category("LSR-Adapt")
@StackTrace(false)
public final class AdapterLoadEvent extends Event {
    @Label("Key")
    @Description("The adapter's folder, or its key in a store")
    String key;

    @Label("Bytes")
    @Description("The size of a folder's tensor file, or the memory of a store's adapter")
    @DataAmount
    long bytes;

    public void loaded(Object name, long size) {
        end();
        if (shouldCommit()) {
            key = name.toString();
            bytes = size;
            commit();
        }
    }
}
