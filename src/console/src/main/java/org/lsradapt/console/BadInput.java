package org.lsradapt.console;

/** Unusable input from the user; the message says what was wrong and what was expected. */
public class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BadInput(String message) {
        super(message);
    }

    /** Throws this with the message if something is wrong. */
    public static void throwIf(boolean wrong, String message) {
        if (wrong) {
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
