package org.lsradapt.models.internal.chat;

/** The end of a rendering: a template's own exception, an error as Python's, or a bound. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
        super(message, null, false, false);
    }
}
