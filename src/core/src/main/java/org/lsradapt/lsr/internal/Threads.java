package org.lsradapt.lsr.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs calls that mostly wait, each in a thread of its own; {@link Parallel} is for those that compute. */
public final class Threads {

    private Threads() {}

    /**
     * Applies a function to each element, and waits for all.
     *
     * @param most the most threads at once
     * @param giveUp called after the first failure, so that the other calls end soon
     * @return the results, in order
     * @throws CancellationException if the calling thread is interrupted
     */
    public static <T, R> List<R> map(
            List<T> from, int most, Function<? super T, ? extends R> function, Runnable giveUp) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, Math.min(most, from.size())));
        try {
            List<Future<R>> calls = new ArrayList<>();
            from.forEach(one -> calls.add(threads.submit(() -> function.apply(one))));
            return results(calls, giveUp);
        } finally {
            threads.shutdown();
        }
    }

    private static <R> List<R> results(List<Future<R>> calls, Runnable giveUp) {
        List<R> results = new ArrayList<>();
        Throwable failure = null;
        boolean interrupted = false;
        for (int i = 0; i < calls.size(); ) {
            try {
                results.add(calls.get(i).get());
                i++;
            } catch (ExecutionException e) {
                i++;
                failure = first(failure, e.getCause(), giveUp);
            } catch (InterruptedException e) {
                interrupted = true;
                failure = first(failure, new CancellationException("the caller was interrupted"), giveUp);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrow(failure);
        return results;
    }

    private static Throwable first(@Nullable Throwable before, Throwable failure, Runnable giveUp) {
        if (before == null) {
            giveUp.run();
        }
        return before == null ? failure : before;
    }

    /** Throws an unchecked exception; null throws none. */
    public static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }
}
