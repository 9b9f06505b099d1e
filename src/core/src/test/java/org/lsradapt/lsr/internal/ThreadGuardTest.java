package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ThreadGuardTest {
    private final ThreadGuard guard = new ThreadGuard("the set", "the set is closed", "make a set for each thread");

    /** What another thread hears that comes now; null if it is let in. */
    private String anotherThread() throws InterruptedException {
        AtomicReference<String> message = new AtomicReference<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        guard.enter("forward").close();
                    } catch (IllegalStateException e) {
                        message.set(e.getMessage());
                    }
                },
                "second");
        thread.start();
        thread.join();
        return message.get();
    }

    @Test
    void enter_secondThread_isRefusedUntilTheOutermostCallEnds() throws InterruptedException {
        String refused = "forward: thread 'second' came while thread '"
                + Thread.currentThread().getName() + "' uses the set; make a set for each thread";
        try (ThreadGuard.Call outer = guard.enter("merge")) {
            assertEquals(refused, anotherThread());
            guard.enter("materialize").close();
            assertEquals(refused, anotherThread());
        }
        assertNull(anotherThread());
    }

    @Test
    void enter_closed_isRefusedAndLeavesNobodyInside() throws InterruptedException {
        guard.requireOpen("parameters");
        assertFalse(guard.isClosed());
        guard.setClosed();
        assertTrue(guard.isClosed());
        assertMessage("merge: the set is closed", () -> guard.enter("merge"));
        assertMessage("parameters: the set is closed", () -> guard.requireOpen("parameters"));
        assertEquals("forward: the set is closed", anotherThread());
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("unmerge")) {
            assertTrue(anotherThread().startsWith("forward: thread 'second' came while"), "it holds others off");
        }
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalStateException.class, call::run).getMessage());
    }
}
