package org.lsradapt.lsr.internal;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one thread at a time into what keeps memory from call to call, and none into what is closed. It costs two atomic
 * operations a call, some nanoseconds where the smallest product takes microseconds.
 */
public final class ThreadGuard {

    /** A call that is inside; closing it lets others in. */
    public interface Call extends AutoCloseable {
        @Override
        void close();
    }

    /** A call from inside another of the same thread. */
    private static final Call NESTED = () -> {};

    private final String guarded;
    private final String rule;
    private final String closedMessage;
    private final AtomicReference<Thread> inside = new AtomicReference<>();
    private final Call outermost = () -> inside.set(null);
    private volatile boolean closed;

    /**
     * Lets the first thread in.
     *
     * @param guarded what is guarded, such as {@code the model}
     * @param closedMessage what is said of it when it is closed, such as {@code the model is closed}
     * @param rule who may use it, and what to do instead, for the message
     */
    public ThreadGuard(String guarded, String closedMessage, String rule) {
        this.guarded = guarded;
        this.closedMessage = closedMessage;
        this.rule = rule;
    }

    /**
     * Lets a call in.
     *
     * @param operation its name, for the message
     * @return to be closed when the call ends
     * @throws IllegalStateException if another thread is inside, or it is closed
     */
    public Call enter(String operation) {
        Call call = enterOpenOrClosed(operation);
        if (closed) {
            call.close();
            throw new IllegalStateException(operation + ": " + closedMessage);
        }
        return call;
    }

    /** As {@link #enter}, also after it is closed: for what must be undone then. */
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

    /** Throws if it is closed; for calls that several threads may make at once. */
    public void requireOpen(String operation) {
        if (closed) {
            throw new IllegalStateException(operation + ": " + closedMessage);
        }
    }

    /** Whether {@link #setClosed} was called. */
    public boolean isClosed() {
        return closed;
    }

    /** Lets nobody in from now on. */
    public void setClosed() {
        closed = true;
    }
}
