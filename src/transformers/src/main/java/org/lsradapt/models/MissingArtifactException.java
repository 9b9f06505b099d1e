package org.lsradapt.models;

/** The Maven artifact of a model that is loaded by name is not on the class path; the message says which. */
public final class MissingArtifactException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MissingArtifactException(String message) {
        super(message);
    }
}
