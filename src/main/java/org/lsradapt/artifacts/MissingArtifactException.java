package org.lsradapt.artifacts;

/** An {@link OptionalArtifact} that is needed is not on the class path; the message says which and what for. */
public final class MissingArtifactException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MissingArtifactException(String message) {
        super(message);
    }
}
