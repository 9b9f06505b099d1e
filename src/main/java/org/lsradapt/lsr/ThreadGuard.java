package org.lsradapt.lsr;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets one thread at a time into an adapter set and its adapters, and none into a closed one. It costs two atomic
 * operations a call, some nanoseconds where the smallest product takes microseconds.
 */
final class ThreadGuard {

    /** A call that is inside; closing it lets others in. */
    interface Call extends AutoCloseable {
        @Override
        void close();
    }

    /** A call from inside another of the same thread. */
    private static final Call NESTED = () -> {};

    private final AtomicReference<Thread> inside = new AtomicReference<>();
    private final Call outermost = () -> inside.set(null);
    private volatile boolean closed;

    /**
     * Lets a call in.
     *
     * @param operation its name, for the message
     * @return to be closed when the call ends
     * @throws IllegalStateException if another thread is inside, or the adapters are closed
     */
    Call enter(String operation) {
        Call call = enterOpenOrClosed(operation);
        if (closed) {
            call.close();
            throw new IllegalStateException(operation + ": the adapters are closed");
        }
        return call;
    }

    /** As {@link #enter}, also after the adapters are closed: for what must be undone then. */
    Call enterOpenOrClosed(String operation) {
        Thread current = Thread.currentThread();
        Thread first = inside.compareAndExchange(null, current);
        if (first == current) {
            return NESTED;
        }
        if (first != null) {
            throw new IllegalStateException(operation + ": thread '" + current.getName() + "' came while thread '"
                    + first.getName() + "' uses the adapters; a set and its adapters are for one thread at a time:"
                    + " to serve from many threads, share DenseUpdates.of(…); to train in many, give each a set of its"
                    + " own");
        }
        return outermost;
    }

    /** Throws if the adapters are closed; for calls that several threads may make at once. */
    void requireOpen(String operation) {
        if (closed) {
            throw new IllegalStateException(operation + ": the adapters are closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Lets nobody in from now on. */
    void setClosed() {
        closed = true;
    }
}
