package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Teams of one, two and five threads on whatever machine, since a team's promises do not depend on its size. */
class ThreadTeamTest {
    private static final ThreadTeam FIVE = new ThreadTeam(5);

    static Stream<ThreadTeam> teams() {
        return Stream.of(new ThreadTeam(1), new ThreadTeam(2), FIVE);
    }

    @ParameterizedTest
    @MethodSource("teams")
    void run_manyOperations_runsEachTaskOnce(ThreadTeam team) {
        for (int round = 0; round < 2000; round++) {
            AtomicIntegerArray counts = new AtomicIntegerArray(7);
            team.run(7, counts::incrementAndGet);
            for (int i = 0; i < 7; i++) {
                assertEquals(1, counts.get(i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("teams")
    void run_nestedAndConcurrent_completes(ThreadTeam team) throws InterruptedException {
        AtomicInteger total = new AtomicInteger();
        Thread[] callers = new Thread[3];
        for (int t = 0; t < callers.length; t++) {
            callers[t] = new Thread(() -> {
                for (int round = 0; round < 200; round++) {
                    team.run(4, outer -> team.run(3, inner -> total.incrementAndGet()));
                }
            });
            callers[t].start();
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertEquals(3 * 200 * 12, total.get());
    }

    /** Each task waits for the others, so that no thread can run two of them. */
    @Test
    void run_asManyTasksAsThreads_runsThemAtTheSameTime() {
        CountDownLatch all = new CountDownLatch(5);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        ThreadTeam team = new ThreadTeam(5);
        assertEquals(5, team.threads());
        team.run(5, i -> {
            seen.add(Thread.currentThread());
            all.countDown();
            await(all);
        });
        assertEquals(5, seen.size());
        seen.remove(Thread.currentThread());
        assertEquals(
                Set.of("lsr-adapt-1", "lsr-adapt-2", "lsr-adapt-3", "lsr-adapt-4"),
                seen.stream().map(Thread::getName).collect(Collectors.toSet()));
        assertTrue(seen.stream().allMatch(Thread::isDaemon), "none keeps the process alive");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS), "the other tasks have not begun");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("teams")
    void available_insideATask_isOne(ThreadTeam team) {
        assertEquals(team.threads(), team.available());
        int[] seen = new int[8];
        team.run(seen.length, i -> seen[i] = team.available());
        assertArrayEquals(new int[] {1, 1, 1, 1, 1, 1, 1, 1}, seen);
    }

    /** Backends divide work by what is available: it must not depend on whether someone else has the threads. */
    @ParameterizedTest
    @MethodSource("teams")
    void available_insideATaskWhileAnotherCallerHasTheThreads_isOne(ThreadTeam team) {
        int[] seen = new int[4];
        int[] behind = new int[1];
        AtomicInteger started = new AtomicInteger();
        team.run(2, task -> {
            if (started.getAndIncrement() == 0) {
                Thread other = new Thread(() -> {
                    team.run(seen.length, i -> seen[i] = team.available());
                    behind[0] = team.available();
                });
                other.start();
                join(other);
            }
        });
        assertArrayEquals(new int[] {1, 1, 1, 1}, seen);
        assertEquals(team.threads(), behind[0]);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("teams")
    void run_tasksThrow_throwsTheFirstOfThemAfterAllTasksEnded(ThreadTeam team) {
        for (int round = 0; round < 200; round++) {
            AtomicInteger ended = new AtomicInteger();
            Throwable[] thrown = {null, null, new IllegalStateException("2"), null, new AssertionError("4"), null};
            Throwable caught = assertThrows(
                    IllegalStateException.class,
                    () -> team.run(thrown.length, task -> {
                        ended.incrementAndGet();
                        throwIfAny(thrown[task]);
                    }));
            assertSame(thrown[2], caught);
            assertEquals(thrown.length, ended.get());
        }
    }

    @ParameterizedTest
    @MethodSource("teams")
    void run_tasksOfATaskThrow_runsTheOthersToo(ThreadTeam team) {
        AtomicInteger ended = new AtomicInteger();
        assertThrows(
                AssertionError.class,
                () -> team.run(
                        3,
                        outer -> team.run(4, inner -> {
                            ended.incrementAndGet();
                            throwIfAny(new AssertionError(outer + " " + inner));
                        })));
        assertEquals(12, ended.get());
        AtomicInteger next = new AtomicInteger();
        team.run(9, i -> next.incrementAndGet());
        assertEquals(9, next.get(), "the team works on");
    }

    private static void throwIfAny(Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Test
    void parallel_hasAThreadPerCore() {
        assertEquals(Runtime.getRuntime().availableProcessors(), Parallel.threads());
        assertEquals(Parallel.threads(), Parallel.available());
        AtomicIntegerArray counts = new AtomicIntegerArray(100);
        Parallel.run(100, counts::incrementAndGet);
        for (int i = 0; i < 100; i++) {
            assertEquals(1, counts.get(i));
        }
    }
}
