package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/** Why a file was not read or written, in words. */
public final class Reason {
    private Reason() {}

    /** Of exceptions without a message too, such as that of a channel which closed when its thread was interrupted. */
    public static String of(IOException failure) {
        if (failure instanceof ClosedByInterruptException) {
            return "the thread was interrupted";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
