package org.lsradapt.cuda.internal;

/** Thrown if a library or device is missing, or a call fails; the message is one line. */
public final class CudaFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public CudaFailure(String message) {
        super(message);
    }

    public CudaFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
