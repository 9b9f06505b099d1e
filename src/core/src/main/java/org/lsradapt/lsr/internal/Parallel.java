package org.lsradapt.lsr.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Runs the tasks of one operation on all cores: the caller and a fixed set of daemon threads take task numbers until
 * none is left. Which thread runs a task is not determined, so each task must write its own memory; then results do not
 * depend on the thread.
 *
 * <p>Only one operation at a time uses the threads: a call from inside a task, or while another caller uses them, runs
 * its tasks in the calling thread; a task sees the same {@link #available} either way. Threads spin briefly for the
 * next operation, since operations of a training step follow each other within microseconds, and then sleep.
 */
public final class Parallel {

    /** System property for the number of threads; the default is the number of cores that the JVM sees. */
    public static final String PROPERTY = "lsradapt.threads";

    private static final ThreadTeam TEAM = new ThreadTeam(wanted());

    private Parallel() {}

    private static int wanted() {
        String asked = System.getProperty(PROPERTY, "");
        if (asked.isEmpty()) {
            return Runtime.getRuntime().availableProcessors();
        }
        Require.argument(asked.matches("[1-9][0-9]{0,3}"), "%s is '%s', expected a number >= 1", PROPERTY, asked);
        return Integer.parseInt(asked);
    }

    /** The number of threads that work on one operation, including the caller. */
    public static int threads() {
        return TEAM.threads();
    }

    /** The number of threads that would work on an operation started now by the calling thread: 1 inside a task. */
    public static int available() {
        return TEAM.available();
    }

    /**
     * Runs {@code body} for 0 … tasks-1 and returns when all are done. All tasks run even if some throw, on one core as
     * on many.
     *
     * @param body one task; if tasks throw, the exception of the lowest number is rethrown after all have ended
     */
    public static void run(int tasks, IntConsumer body) {
        TEAM.run(tasks, body);
    }

    /** Applies a function to each element on many threads; the first failing element's exception is rethrown. */
    public static <T, R> List<R> map(List<T> from, Function<? super T, ? extends R> function) {
        List<R> results = new ArrayList<>(Collections.nCopies(from.size(), null));
        run(from.size(), i -> results.set(i, function.apply(from.get(i))));
        return results;
    }
}
