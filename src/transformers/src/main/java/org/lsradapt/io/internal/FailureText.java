package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Describes in words why a file was not read or written. */
public final class FailureText {
    private FailureText() {}

    /** Describes even exceptions with useless messages, as after an interrupt or with only a file's name. */
    public static String of(IOException failure) {
        if (failure instanceof ClosedByInterruptException) {
            return "the thread was interrupted";
        }
        if (failure instanceof AccessDeniedException denied && denied.getReason() == null) {
            return "access denied";
        }
        if (failure instanceof NoSuchFileException missing && missing.getReason() == null) {
            return missing.getFile() + ": there is no such file or folder";
        }
        if (failure instanceof FileAlreadyExistsException other && other.getReason() == null) {
            return other.getFile() + ": there is a file of this name";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
