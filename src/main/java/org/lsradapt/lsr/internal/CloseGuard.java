package org.lsradapt.lsr.internal;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Lets any number of threads into what has native memory, until it is closed: closing refuses calls from then on, and
 * waits for those that run, since memory that is freed under one ends the process.
 */
public final class CloseGuard {

    private final String closedMessage;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean closing;
    private boolean freed;

    /**
     * Lets threads in.
     *
     * @param closedMessage what is said to calls after closing, such as {@code the model is closed}
     */
    public CloseGuard(String closedMessage) {
        this.closedMessage = closedMessage;
    }

    /**
     * Runs a call; others may run at the same time, also from inside this one. None waits: a call that another thread's call
     * waits for would wait for the closing, which waits for that.
     *
     * @throws IllegalStateException if it is closed, or is being closed and the thread is not inside a call
     */
    public <T> T call(Supplier<T> use) {
        if (!lock.readLock().tryLock()) {
            throw new IllegalStateException(closedMessage);
        }
        try {
            if (closing && lock.getReadHoldCount() == 1) {
                throw new IllegalStateException(closedMessage);
            }
            return use.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * Waits for the calls that run and frees what they used; once, however often it is called.
     *
     * @param free what frees it
     * @throws IllegalStateException if it comes from inside a call, which would wait for itself
     */
    public void close(Runnable free) {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("close: called from inside a call that would still use what is freed");
        }
        closing = true;
        lock.writeLock().lock();
        try {
            if (!freed) {
                freed = true;
                free.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
