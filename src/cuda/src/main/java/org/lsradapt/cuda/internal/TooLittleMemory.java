package org.lsradapt.cuda.internal;

/** Thrown if a device has too little memory; the one-line message gives the needed and the free memory. */
public final class TooLittleMemory extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public TooLittleMemory(String message) {
        super(message);
    }
}
