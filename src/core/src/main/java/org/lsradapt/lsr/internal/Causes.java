package org.lsradapt.lsr.internal;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the cause of a failure behind the exceptions in which libraries wrap it. */
public final class Causes {
    private static final int DEEPEST = 100;

    private Causes() {}

    /** The first of a type among a throwable and its causes. */
    public static <T extends Throwable> Optional<T> first(Throwable throwable, Class<T> type) {
        return Stream.iterate(throwable, Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST)
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst();
    }
}
