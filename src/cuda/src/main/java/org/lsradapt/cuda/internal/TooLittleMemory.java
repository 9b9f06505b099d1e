package org.lsradapt.cuda.internal;

/** A device has too little memory for what was asked; the message is one line that says what it takes and what is free. */
public final class TooLittleMemory extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public TooLittleMemory(String message) {
        super(message);
    }
}
