package org.lsradapt.serving;

import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One caller of {@link SharedPasses}, such as the request of a client: counts the tokens that are computed for it, and may give up.
 * {@link #call} is for one thread, or for several whose code only generates texts; the other methods are for any.
 */
public final class PassCaller {
    private static final ThreadLocal<@Nullable PassCaller> CURRENT = new ThreadLocal<>();

    private volatile boolean cancelled;
    private final LongConsumer check;
    private volatile long tokens;
    private volatile int longest;
    private @Nullable Runnable waiting;

    /** Makes a caller without a limit of tokens. */
    public PassCaller() {
        this(tokens -> {});
    }

    /**
     * Makes a caller with a limit of tokens.
     *
     * @param check receives the number of tokens of all passes before each of them, including it; if it throws, the pass is not computed
     */
    public PassCaller(LongConsumer check) {
        this.check = check;
    }

    /** Returns the caller that the current thread works for; a new one outside of {@link #call}. */
    public static PassCaller current() {
        PassCaller caller = CURRENT.get();
        return caller == null ? new PassCaller() : caller;
    }

    /**
     * Runs code whose passes are this caller's.
     *
     * @return the code's result
     * @throws CancellationException if the caller gives up while a pass waits, or gave up before
     */
    public <T> T call(Supplier<T> code) {
        PassCaller outer = CURRENT.get();
        CURRENT.set(this);
        try {
            return code.get();
        } finally {
            CURRENT.set(outer);
        }
    }

    /** Gives up: a pass that waits leaves the queue, and later ones are refused. A pass that is being computed ends first. */
    public void cancel() {
        Runnable wake;
        synchronized (this) {
            cancelled = true;
            wake = waiting;
        }
        if (wake != null) {
            wake.run();
        }
    }

    /** Whether {@link #cancel} was called. */
    public boolean isCancelled() {
        return cancelled;
    }

    /** The number of tokens in this caller's passes so far. */
    public long tokens() {
        return tokens;
    }

    /** The number of tokens of the longest sequence in this caller's passes so far. */
    public int longest() {
        return longest;
    }

    /** Begins a pass, which {@link #cancel} wakes; throws a {@link CancellationException} if the caller has given up. */
    synchronized void begin(long more, int longestOfThem, Runnable wake) {
        requireWaiting();
        check.accept(tokens + more);
        tokens += more;
        longest = Math.max(longest, longestOfThem);
        waiting = wake;
    }

    synchronized void end() {
        waiting = null;
    }

    void requireWaiting() {
        if (cancelled) {
            throw new CancellationException("the caller has given up");
        }
    }
}
