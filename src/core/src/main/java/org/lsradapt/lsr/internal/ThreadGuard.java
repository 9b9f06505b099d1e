package org.lsradapt.lsr.internal;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one thread at a time use an object that keeps memory from call to call, and refuses calls once it is closed. It
 * costs two atomic operations per call: some nanoseconds, against microseconds for the smallest product.
 */
public final class ThreadGuard {

    /** A running call; closing it lets other threads in. */
    public interface Call extends AutoCloseable {
        @Override
        void close();
    }

    private static final Call NESTED = () -> {};

    private final String guarded;
    private final String rule;
    private final String closedMessage;
    private final AtomicReference<Thread> inside = new AtomicReference<>();
    private final Call outermost = () -> inside.set(null);
    private volatile boolean closed;

    /** Makes an open guard; messages have {@code rule}: who may use the object and what to do instead. */
    public ThreadGuard(String guarded, String closedMessage, String rule) {
        this.guarded = guarded;
        this.closedMessage = closedMessage;
        this.rule = rule;
    }

    /** Begins a call, to be closed at its end; refuses it if another thread is inside or the object is closed. */
    public Call enter(String operation) {
        Call call = enterOpenOrClosed(operation);
        if (closed) {
            call.close();
            throw new IllegalStateException(operation + ": " + closedMessage);
        }
        return call;
    }

    /** Begins a call even after closing, for work that must be undone then; see {@link #enter}. */
    public Call enterOpenOrClosed(String operation) {
        Thread current = Thread.currentThread();
        Thread first = inside.compareAndExchange(null, current);
        if (first == current) {
            return NESTED;
        }
        if (first != null) {
            throw new IllegalStateException(operation + ": thread '" + current.getName() + "' came while thread '"
                    + first.getName() + "' uses " + guarded + "; " + rule);
        }
        return outermost;
    }

    /** Throws if the object is closed; for calls that several threads may make at once. */
    public void requireOpen(String operation) {
        if (closed) {
            throw new IllegalStateException(operation + ": " + closedMessage);
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** Refuses all calls from now on. */
    public void setClosed() {
        closed = true;
    }
}
