package org.lsradapt.lsr.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/** The implementation of {@link Parallel} for any number of threads; the process has one team, tests make others. */
final class ThreadTeam {

    private static final long SPIN_NANOS = 200_000;
    /** Whether the thread runs the tasks of an operation alone, because another caller has the workers. */
    private static final ThreadLocal<Boolean> ALONE = ThreadLocal.withInitial(() -> false);

    private final ReentrantLock owner = new ReentrantLock();
    private final Worker[] workers;

    /** Starts the threads, which live until the process ends; {@code threads} includes the caller, at least 1. */
    ThreadTeam(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker("lsr-adapt-" + (i + 1));
            workers[i].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    int available() {
        return inTask() ? 1 : threads();
    }

    private boolean inTask() {
        return owner.isHeldByCurrentThread() || Thread.currentThread() instanceof Worker || ALONE.get();
    }

    void run(int tasks, IntConsumer body) {
        if (tasks <= 1 || workers.length == 0 || inTask()) {
            runHere(tasks, body);
        } else if (owner.tryLock()) {
            try {
                Operation operation = new Operation(tasks, body);
                for (Worker worker : workers) {
                    worker.offer(operation);
                }
                operation.work();
                operation.await();
            } finally {
                owner.unlock();
            }
        } else {
            ALONE.set(true);
            try {
                runHere(tasks, body);
            } finally {
                ALONE.remove();
            }
        }
    }

    private static void runHere(int tasks, IntConsumer body) {
        Throwable failure = null;
        for (int task = 0; task < tasks; task++) {
            try {
                body.accept(task);
            } catch (RuntimeException | Error e) {
                failure = failure == null ? e : failure;
            }
        }
        Threads.rethrow(failure);
    }

    private static final class Operation {
        private final int tasks;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger unfinished;
        private int failedTask;
        private Throwable failure;

        Operation(int tasks, IntConsumer body) {
            this.tasks = tasks;
            this.body = body;
            this.unfinished = new AtomicInteger(tasks);
        }

        void work() {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                try {
                    body.accept(task);
                } catch (RuntimeException | Error e) {
                    failed(task, e);
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }

        /** Keeps the exception of the task with the lowest number, which does not depend on threads. */
        private synchronized void failed(int task, Throwable e) {
            if (failure == null || task < failedTask) {
                failure = e;
                failedTask = task;
            }
        }

        /** Spins, then yields the core, which the last task's thread may need. Rethrows a task's exception. */
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
            synchronized (this) {
                Threads.rethrow(failure);
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
