package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {

    @Test
    void among_findsItUnderOthers() {
        OutOfMemoryError error = new OutOfMemoryError("Java heap space");
        assertEquals(Optional.of(error), OutOfMemory.among(error));
        assertEquals(
                Optional.of(error),
                OutOfMemory.among(new IllegalStateException(new ExceptionInInitializerError(error))));
        assertEquals(Optional.empty(), OutOfMemory.among(new IllegalStateException("other")));
    }

    @Test
    void among_causesInACircle_ends() {
        Exception one = new Exception("one");
        one.initCause(new Exception("two", one));
        assertEquals(Optional.empty(), OutOfMemory.among(one));
    }
}
