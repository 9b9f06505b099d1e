package org.lsradapt.console;

/** Unusable input from the user; the message says what was wrong and what was expected. */
public class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInput(String message) {
        super(message);
    }

    /** Throws this with the message unless the condition holds. */
    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new BadInput(message);
        }
    }

    /** Thrown if another process is using a folder at the moment. */
    public static final class FolderTaken extends BadInput {
        private static final long serialVersionUID = 1L;

        public FolderTaken(String message) {
            super(message);
        }
    }
}
