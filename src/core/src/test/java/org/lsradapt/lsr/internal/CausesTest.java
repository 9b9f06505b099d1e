package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class CausesTest {

    @Test
    void first_isFoundUnderOthers() {
        OutOfMemoryError error = new OutOfMemoryError("Java heap space");
        Throwable wrapped = new IllegalStateException(new ExceptionInInitializerError(error));
        assertEquals(Optional.of(error), Causes.first(error, OutOfMemoryError.class));
        assertEquals(Optional.of(error), Causes.first(wrapped, OutOfMemoryError.class));
        assertEquals(Optional.of(wrapped.getCause()), Causes.first(wrapped, LinkageError.class));
        assertEquals(Optional.empty(), Causes.first(wrapped, UnsatisfiedLinkError.class));
    }

    @Test
    void first_amongCausesInACircle_ends() {
        Exception one = new Exception("one");
        one.initCause(new Exception("two", one));
        assertEquals(Optional.empty(), Causes.first(one, OutOfMemoryError.class));
    }
}
