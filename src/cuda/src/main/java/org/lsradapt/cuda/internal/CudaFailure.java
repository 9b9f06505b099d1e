package org.lsradapt.cuda.internal;

/** A library or device that is missing, or a call that failed; the message is one line. */
public final class CudaFailure extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public CudaFailure(String message) {
        super(message);
    }

    public CudaFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
