package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class ParallelTest {

    @Test
    void run_manyOperations_runsEachTaskOnce() {
        for (int round = 0; round < 2000; round++) {
            AtomicIntegerArray counts = new AtomicIntegerArray(7);
            Parallel.run(7, counts::incrementAndGet);
            for (int i = 0; i < 7; i++) {
                assertEquals(1, counts.get(i));
            }
        }
    }

    @Test
    void run_nestedAndConcurrent_completes() throws InterruptedException {
        AtomicInteger total = new AtomicInteger();
        Thread[] callers = new Thread[3];
        for (int t = 0; t < callers.length; t++) {
            callers[t] = new Thread(() -> {
                for (int round = 0; round < 200; round++) {
                    Parallel.run(4, outer -> Parallel.run(3, inner -> total.incrementAndGet()));
                }
            });
            callers[t].start();
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertEquals(3 * 200 * 12, total.get());
    }

    @Test
    void available_insideATask_isOne() {
        assertEquals(Parallel.threads(), Parallel.available());
        int[] seen = new int[8];
        Parallel.run(seen.length, i -> seen[i] = Parallel.available());
        if (Parallel.threads() > 1) {
            assertArrayEquals(new int[] {1, 1, 1, 1, 1, 1, 1, 1}, seen);
        }
    }

    /** Backends divide work by what is available: it must not depend on whether someone else has the threads. */
    @Test
    void available_insideATaskWhileAnotherCallerHasTheThreads_isOne() throws InterruptedException {
        Thread[] other = new Thread[1];
        int[] seen = new int[4];
        int[] behind = new int[1];
        AtomicInteger started = new AtomicInteger();
        Parallel.run(2, task -> {
            if (started.getAndIncrement() == 0) {
                other[0] = new Thread(() -> {
                    Parallel.run(seen.length, i -> seen[i] = Parallel.available());
                    behind[0] = Parallel.available();
                });
                other[0].start();
                join(other[0]);
            }
        });
        assertArrayEquals(new int[] {1, 1, 1, 1}, seen);
        assertEquals(Parallel.threads(), behind[0]);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void run_taskThrows_throwsAfterAllTasksEnded() {
        AtomicInteger ended = new AtomicInteger();
        assertThrows(IllegalStateException.class, () -> Parallel.run(8, i -> {
            ended.incrementAndGet();
            if (i == 3) {
                throw new IllegalStateException("task");
            }
        }));
        assertEquals(8, ended.get());
    }
}
