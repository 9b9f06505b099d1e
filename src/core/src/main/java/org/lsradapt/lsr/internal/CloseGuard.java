package org.lsradapt.lsr.internal;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Lets any number of threads into what has native memory, until it is closed: closing refuses calls from then on, and
 * waits for those that run, since memory that is freed under one ends the process.
 */
public final class CloseGuard {

    /** A call that is inside; the thread that made it closes it when it ends. */
    public interface Call extends AutoCloseable {
        @Override
        void close();
    }

    private final String closedMessage;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean closing;
    private volatile boolean freed;

    /**
     * Lets threads in.
     *
     * @param closedMessage what is said to calls after closing, such as {@code the model is closed}
     */
    public CloseGuard(String closedMessage) {
        this.closedMessage = closedMessage;
    }

    /**
     * Lets a call in; others may run at the same time, also from inside this one. None waits: a call that another thread's
     * call waits for would wait for the closing, which waits for that.
     *
     * @return to be closed when the call ends
     * @throws IllegalStateException if it is closed, or is being closed and the thread is not inside a call
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

    /** Whether it is closed, so that no call runs any more. */
    public boolean isClosed() {
        return freed;
    }

    /** Runs a call, as {@link #enter} lets it in. */
    public <T> T call(Supplier<T> use) {
        try (Call call = enter()) {
            return use.get();
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
