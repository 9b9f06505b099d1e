package org.lsradapt.lsr.internal;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Lets any number of threads use an object with native memory until it is closed. Closing refuses later calls and waits
 * for the running ones, since freeing memory under a call ends the process.
 */
public final class CloseGuard {

    /** A running call; the thread that made it closes it at its end. */
    public interface Call extends AutoCloseable {
        @Override
        void close();
    }

    private final String closedMessage;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean closing;
    private volatile boolean freed;

    /** Makes an open guard with the message for calls after closing, such as {@code the model is closed}. */
    public CloseGuard(String closedMessage) {
        this.closedMessage = closedMessage;
    }

    /**
     * Begins a call; others may run at the same time, also from inside this one. A call never waits: if it waited for
     * closing, and a running call waited for it, closing would wait for that running call.
     *
     * @return the call, to be closed at its end
     * @throws IllegalStateException if the guard is closed, or is being closed and the thread is not inside a call
     */
    public Call enter() {
        if (!lock.readLock().tryLock()) {
            throw new IllegalStateException(closedMessage);
        }
        if (closing && lock.getReadHoldCount() == 1) {
            lock.readLock().unlock();
            throw new IllegalStateException(closedMessage);
        }
        return lock.readLock()::unlock;
    }

    /** Whether closing has ended, so that no call runs any more. */
    public boolean isClosed() {
        return freed;
    }

    /** Runs a function between {@link #enter} and the end of its call. */
    public <T> T call(Supplier<T> use) {
        try (Call call = enter()) {
            return use.get();
        }
    }

    /** Waits for running calls and frees once; fails inside a call, which would wait for itself. */
    public void close(Runnable free) {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("close: called from inside a call, which still uses the memory");
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
