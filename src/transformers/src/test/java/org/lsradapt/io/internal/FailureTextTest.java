package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import org.junit.jupiter.api.Test;

class FailureTextTest {

    @Test
    void of_whatSaysNothingOfItself_hasWords() {
        assertEquals("the thread was interrupted", FailureText.of(new ClosedByInterruptException()));
        assertEquals("access denied", FailureText.of(new AccessDeniedException("some/file")));
        assertEquals("java.io.IOException", FailureText.of(new IOException()));
        assertEquals("No space left on device", FailureText.of(new IOException("No space left on device")));
    }
}
