package org.lsradapt.training;

/** Training stopped because the loss, a gradient or a score was no longer a finite number. */
public final class DivergedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }
}
