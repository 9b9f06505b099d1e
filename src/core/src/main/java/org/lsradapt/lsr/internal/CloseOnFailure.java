package org.lsradapt.lsr.internal;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes several resources, last opened first, unless the work that opens them succeeds:
 *
 * <pre>{@code
 * try (CloseOnFailure opened = new CloseOnFailure()) {
 *     Base base = opened.add(open());
 *     return opened.release(new Model(base, opened.add(adapters(base))));
 * }
 * }</pre>
 *
 * <p>For one thread.
 */
public final class CloseOnFailure implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Adds a resource to close on failure, and returns it. */
    public <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Passes the resources on to their new owner: {@link #close} leaves them open. Returns the owner. */
    public <T> T release(T owner) {
        opened.clear();
        return owner;
    }

    /**
     * Closes every resource that was added and not released, even if closing another one fails.
     *
     * @throws IllegalStateException if closing fails, with the first failure as its cause; inside a failed
     *     try-with-resources statement it becomes a suppressed exception of the failure
     */
    @Override
    public void close() {
        IllegalStateException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("a resource could not be closed", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
