package org.lsradapt.console;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.internal.Require;

class FailuresTest {

    @Test
    void isExplained_whatThisLibraryRefuses_andNotWhatTheJdkDoes() {
        assertTrue(Failures.isExplained(
                assertThrows(IllegalArgumentException.class, () -> Require.argument(false, "s is 0, expected >= 1"))));
        assertTrue(Failures.isExplained(assertThrows(IllegalArgumentException.class, () -> Path.of("a\0b"))));
        assertFalse(Failures.isExplained(assertThrows(IllegalArgumentException.class, () -> Integer.parseInt("many"))));
        assertFalse(Failures.isExplained(new NullPointerException("head")));
    }
}
