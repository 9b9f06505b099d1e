package org.lsradapt.lsr.internal;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds lack of memory among the causes of what libraries throw for it. */
public final class OutOfMemory {
    private static final int DEEPEST = 100;

    private OutOfMemory() {}

    /** The first of a throwable and its causes that is one. */
    public static Optional<OutOfMemoryError> among(Throwable throwable) {
        return Stream.iterate(throwable, Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST)
                .filter(OutOfMemoryError.class::isInstance)
                .map(OutOfMemoryError.class::cast)
                .findFirst();
    }
}
