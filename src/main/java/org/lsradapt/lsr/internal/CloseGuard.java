package org.lsradapt.lsr.internal;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Lets any number of threads into what has native memory, until it is closed: closing waits for the calls that run, since
 * memory that is freed under one ends the process, and refuses those that come later.
 */
public final class CloseGuard {

    private final String closedMessage;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    /**
     * Lets threads in.
     *
     * @param closedMessage what is said to calls after closing, such as {@code the model is closed}
     */
    public CloseGuard(String closedMessage) {
        this.closedMessage = closedMessage;
    }

    /**
     * Runs a call; others may run at the same time, also from inside this one.
     *
     * @throws IllegalStateException if it is closed
     */
    public <T> T call(Supplier<T> use) {
        lock.readLock().lock();
        try {
            if (closed) {
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
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                free.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
