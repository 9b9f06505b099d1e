package org.lsradapt.cuda.interpreter;

/** A kernel did what no kernel may do. */
public final class DeviceFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeviceFault(String message) {
        super(message);
    }

    DeviceFault(String message, Throwable cause) {
        super(message, cause);
    }
}
