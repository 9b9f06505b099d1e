package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CloseGuardTest {
    private final CloseGuard guard = new CloseGuard("it is closed");
    private final AtomicInteger freed = new AtomicInteger();

    private static <T> FutureTask<T> started(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        new Thread(future).start();
        return future;
    }

    @Test
    void close_underTwoCalls_freesWhenBothHaveEnded() throws Exception {
        CountDownLatch inside = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean freedUnderCall = new AtomicBoolean();
        Runnable call = () -> guard.call(() -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            freedUnderCall.compareAndSet(false, freed.get() > 0);
            return 0;
        });
        FutureTask<?> first = started(() -> {
            call.run();
            return 0;
        });
        FutureTask<?> second = started(() -> {
            call.run();
            return 0;
        });
        inside.await();
        FutureTask<?> closing = started(() -> {
            guard.close(freed::incrementAndGet);
            return 0;
        });
        Thread.sleep(50);
        assertEquals(0, freed.get());
        assertFalse(closing.isDone());
        go.countDown();
        first.get();
        second.get();
        closing.get();
        assertEquals(1, freed.get());
        assertFalse(freedUnderCall.get());
    }

    @Test
    void call_afterClose_isRefused() {
        guard.close(freed::incrementAndGet);
        assertEquals(
                "it is closed",
                assertThrows(IllegalStateException.class, () -> guard.call(() -> 0))
                        .getMessage());
    }

    @Test
    void close_twice_freesOnce() {
        guard.close(freed::incrementAndGet);
        guard.close(freed::incrementAndGet);
        assertEquals(1, freed.get());
    }

    /** It would wait for ever. */
    @Test
    void close_fromInsideACall_isRefused() {
        assertThrows(
                IllegalStateException.class,
                () -> guard.call(() -> {
                    guard.close(freed::incrementAndGet);
                    return 0;
                }));
        assertEquals(0, freed.get());
        assertEquals(3, guard.call(() -> 3));
    }

    @Test
    void call_insideAnotherWhileCloseWaits_goesOn() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        FutureTask<Integer> outer = started(() -> guard.call(() -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return guard.call(() -> 5);
        }));
        inside.await();
        FutureTask<?> closing = started(() -> {
            guard.close(freed::incrementAndGet);
            return 0;
        });
        Thread.sleep(50);
        go.countDown();
        assertEquals(5, outer.get());
        closing.get();
        assertEquals(1, freed.get());
    }

    /** As a consumer of generated text may do. */
    @Test
    void call_thatWaitsForAnothersWhileCloseWaits_comesToAnEnd() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        FutureTask<Boolean> outer = started(() -> guard.call(() -> {
            inside.countDown();
            try {
                go.await();
                started(() -> guard.call(() -> 0)).get(20, TimeUnit.SECONDS);
                return false;
            } catch (ExecutionException e) {
                return e.getCause() instanceof IllegalStateException;
            } catch (InterruptedException | TimeoutException e) {
                throw new AssertionError(e);
            }
        }));
        inside.await();
        FutureTask<?> closing = started(() -> {
            guard.close(freed::incrementAndGet);
            return 0;
        });
        Thread.sleep(50);
        go.countDown();
        assertTrue(outer.get(), "refused, as it is being closed");
        closing.get();
        assertEquals(1, freed.get());
    }

    @Test
    void call_thatFails_letsCloseIn() {
        FutureTask<Integer> failing = started(() -> guard.call(() -> {
            throw new IllegalArgumentException("bad");
        }));
        assertThrows(ExecutionException.class, failing::get);
        guard.close(freed::incrementAndGet);
        assertEquals(1, freed.get());
    }
}
