package org.lsradapt.lsr.backend;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * Runs the tasks of one operation on all cores: the caller and a fixed set of daemon threads take task numbers until none
 * is left. Which thread runs a task is not determined, so each task must write memory of its own; then results do not
 * depend on it.
 *
 * <p>One operation at a time has the threads: a call from inside a task, or while another caller has them, runs its tasks
 * in the calling thread; what a task finds {@link #available} is the same either way. Threads wait for the next operation
 * by spinning briefly, since operations of a training step follow each other within microseconds, and then sleep.
 */
public final class Parallel {

    private static final long SPIN_NANOS = 200_000;
    private static final ReentrantLock OWNER = new ReentrantLock();
    private static final Worker[] WORKERS = startWorkers();
    /** Whether the thread runs the tasks of an operation alone, because another caller has the workers. */
    private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

    private Parallel() {}

    /** How many threads work on one operation, the caller included. */
    public static int threads() {
        return WORKERS.length + 1;
    }

    /** How many threads would work on an operation that the calling thread starts now: 1 from inside a task. */
    public static int available() {
        return inTask() ? 1 : threads();
    }

    private static boolean inTask() {
        return OWNER.isHeldByCurrentThread() || Thread.currentThread() instanceof Worker || ALONE.get();
    }

    /**
     * Runs {@code body} for 0 … tasks-1 and returns when all are done.
     *
     * @param tasks how many tasks
     * @param body one task; the first exception that a task throws is thrown here, after all tasks have ended
     */
    public static void run(int tasks, IntConsumer body) {
        if (tasks <= 1 || WORKERS.length == 0 || inTask()) {
            runHere(tasks, body);
            return;
        }
        if (!OWNER.tryLock()) {
            ALONE.set(true);
            try {
                runHere(tasks, body);
            } finally {
                ALONE.remove();
            }
            return;
        }
        try {
            Operation operation = new Operation(tasks, body);
            for (Worker worker : WORKERS) {
                worker.offer(operation);
            }
            operation.work();
            operation.await();
        } finally {
            OWNER.unlock();
        }
    }

    private static void runHere(int tasks, IntConsumer body) {
        for (int i = 0; i < tasks; i++) {
            body.accept(i);
        }
    }

    private static Worker[] startWorkers() {
        Worker[] workers = new Worker[Math.max(0, Runtime.getRuntime().availableProcessors() - 1)];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker("lsr-adapt-" + (i + 1));
            workers[i].start();
        }
        return workers;
    }

    private static final class Operation {
        private final int tasks;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger unfinished;
        private volatile RuntimeException failure;
        private volatile Error error;

        Operation(int tasks, IntConsumer body) {
            this.tasks = tasks;
            this.body = body;
            this.unfinished = new AtomicInteger(tasks);
        }

        void work() {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                try {
                    body.accept(task);
                } catch (RuntimeException e) {
                    failure = e;
                } catch (Error e) {
                    error = e;
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }

        /** Spins, and then lets others have the core: the last task's thread may be waiting for it. */
        @SuppressWarnings("ThreadPriorityCheck")
        void await() {
            long start = System.nanoTime();
            while (unfinished.get() > 0) {
                if (System.nanoTime() - start < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            if (error != null) {
                throw error;
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    private static final class Worker extends Thread {
        private volatile Operation offered;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        void offer(Operation operation) {
            offered = operation;
            LockSupport.unpark(this);
        }

        @Override
        public void run() {
            Operation done = null;
            long idleSince = System.nanoTime();
            while (true) {
                Operation operation = offered;
                if (operation == done) {
                    if (System.nanoTime() - idleSince < SPIN_NANOS) {
                        Thread.onSpinWait();
                    } else {
                        LockSupport.park(this);
                    }
                } else {
                    operation.work();
                    done = operation;
                    idleSince = System.nanoTime();
                }
            }
        }
    }
}
