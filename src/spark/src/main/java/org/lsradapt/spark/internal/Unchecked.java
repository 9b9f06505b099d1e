package org.lsradapt.spark.internal;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Runs reads and writes where Spark's interfaces declare no exception. */
@FunctionalInterface
public interface Unchecked<T> {
    T run() throws IOException;

    /** Returns the result; rethrows an exception unchecked with its message, which names the file. */
    public static <T> T io(Unchecked<T> step) {
        try {
            return step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
