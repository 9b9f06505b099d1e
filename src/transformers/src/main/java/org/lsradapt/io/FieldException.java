package org.lsradapt.io;

import java.io.IOException;

/** A field of a JSON object that is missing, not known, or has a value that is not accepted; the message says it in words. */
public final class FieldException extends IOException {
    private static final long serialVersionUID = 1;

    private final String field;
    private final Mistake mistake;

    /** The kind of mistake. */
    public enum Mistake {
        /** The field is missing. */
        MISSING,
        /** There is no such field. */
        UNKNOWN,
        /** The value has another type than expected. */
        TYPE,
        /** The field is known, but only supported when it is off. */
        UNSUPPORTED,
        /** The value is not one of those accepted. */
        VALUE
    }

    FieldException(String field, Mistake mistake, String message) {
        super(message);
        this.field = field;
        this.mistake = mistake;
    }

    /** The field, with its path in the root object, such as {@code messages[0].content}. */
    public String field() {
        return field;
    }

    /** The kind of mistake. */
    public Mistake mistake() {
        return mistake;
    }
}
