package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Runs reads and writes where Spark's interfaces declare no exception. */
@FunctionalInterface
interface Unchecked<T> {
    T run() throws IOException;

    /** Returns the result; rethrows an exception unchecked with its message, which names the file. */
    static <T> T io(Unchecked<T> step) {
        try {
            return step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
