package org.lsradapt.cuda.interpreter;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.lsradapt.cuda.internal.Device;

/** A device in Java that says that a given number of bytes is free once that is set. */
public final class FreeMemory {
    private final Device computes = new InterpretedDriver().open(0);
    private long free = -1;

    /** Sets the number. */
    public void set(long bytes) {
        free = bytes;
    }

    /** The device. */
    public Device device() {
        return (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, arguments) -> {
                    if (free >= 0 && method.getName().equals("freeBytes")) {
                        return free;
                    }
                    try {
                        return method.invoke(computes, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
