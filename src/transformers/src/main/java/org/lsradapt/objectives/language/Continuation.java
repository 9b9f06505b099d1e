package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.internal.Threads;
import org.lsradapt.transformer.NextTokenPass;

/**
 * One text that grows: a thread computes its tokens, and the caller's takes them. The computing thread may be a few
 * tokens ahead; tokens after the one with which the caller ends the text are dropped.
 */
final class Continuation {
    private final TokenRequest request;
    private final BooleanSupplier cancelled;
    private final int most;
    private final int usual;
    private final Random random;
    private final BitSet present = new BitSet();

    private final int[] tokens;

    private int count;
    private boolean isLong;
    private NextTokenPass.@Nullable Sequence sequence;
    private @Nullable Runnable free;

    /** Set by the caller, which takes no more tokens. */
    private volatile boolean left;

    /** Guarded by this object, as are the three below. */
    private int chosen;

    private boolean done;
    private boolean released;
    private @Nullable Throwable failure;

    /**
     * Makes a text.
     *
     * @param cancelled whether the caller has given up; asked before each step
     * @param most the most tokens to add
     * @param usual the longest sequence with the usual angles of positions
     */
    Continuation(TokenRequest request, BooleanSupplier cancelled, int most, int usual) {
        this.request = request;
        this.cancelled = cancelled;
        this.most = most;
        this.usual = usual;
        random = SplitMix64.random(request.sampling().seed());
        count = request.prompt().length;
        tokens = Arrays.copyOf(request.prompt(), count + most);
        IntStream.of(request.prompt()).forEach(present::set);
    }

    Optional<DenseUpdates> updates() {
        return request.updates();
    }

    int capacity() {
        return tokens.length;
    }

    int[] known() {
        return tokens;
    }

    int knownCount() {
        return count;
    }

    boolean isLong() {
        return isLong;
    }

    NextTokenPass.Sequence sequence() {
        return sequence;
    }

    /** Takes ownership of an empty sequence; {@code freed} is run after it was closed. */
    void begin(NextTokenPass.Sequence empty, Runnable freed) {
        sequence = empty;
        free = freed;
    }

    /** The number of known tokens that the sequence lacks. A sequence that becomes long is computed again. */
    int pending() {
        if (count > usual && !isLong) {
            sequence.clear();
        }
        isLong = count > usual;
        return count - sequence.tokens();
    }

    /** Returns the next token of a sequence that lacks one. */
    int next() {
        return tokens[count - 1];
    }

    /** Whether no more tokens are wanted. */
    boolean isOver() {
        if (!left && cancelled.getAsBoolean()) {
            fail(new CancellationException("the caller has given up"));
        }
        synchronized (this) {
            return left || done;
        }
    }

    /** Chooses a token by its logits, which are overwritten. */
    void choose(double[] z) {
        try {
            NonFiniteOutputException.requireLogits(z);
            request.sampling().penalize(z, present);
            int token = request.sampling().choose(z, random);
            if (request.ends().contains(token)) {
                end(null);
            } else {
                tokens[count++] = token;
                present.set(token);
                tell();
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized void tell() {
        chosen++;
        done = chosen == most;
        notifyAll();
    }

    void fail(Throwable cause) {
        end(cause);
    }

    private synchronized void end(@Nullable Throwable cause) {
        if (!done) {
            done = true;
            failure = cause;
            notifyAll();
        }
    }

    /** Frees the sequence; the computing thread uses nothing of the caller's any more. */
    void release() {
        try {
            if (sequence != null) {
                sequence.close();
                free.run();
            }
        } finally {
            synchronized (this) {
                done = true;
                released = true;
                notifyAll();
            }
        }
    }

    /** Takes tokens until the text ends, or {@code next} returns false for one, which ends it. */
    int[] take(IntPredicate next) {
        int taken = 0;
        boolean goesOn = true;
        try {
            for (int have = await(0); goesOn && taken < have; have = goesOn ? await(taken) : have) {
                while (goesOn && taken < have) {
                    goesOn = next.test(tokens[capacity() - most + taken++]);
                }
            }
        } finally {
            left = true;
            awaitRelease();
        }
        if (goesOn) {
            Threads.rethrow(failure());
        }
        return Arrays.copyOfRange(tokens, capacity() - most, capacity() - most + taken);
    }

    /** Waits for more tokens than were taken, or the end; returns the number of chosen ones. */
    private synchronized int await(int taken) {
        pause(() -> chosen == taken && !done);
        return chosen;
    }

    private synchronized @Nullable Throwable failure() {
        return failure;
    }

    private synchronized void awaitRelease() {
        pause(() -> !released);
    }

    /** Waits, and keeps an interruption for the caller. */
    private synchronized void pause(BooleanSupplier waits) {
        boolean interrupted = false;
        while (waits.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
