package org.lsradapt.objectives.language;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.transformer.KeyValueCache;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;

/**
 * The thread that computes the tokens of all texts of a model. Each step computes a part of one prompt, in turn, and then
 * one token of every text whose prompt is known, so that a long prompt does not stop the others. The parts of a prompt
 * depend on the prompt alone, as do the tokens of a text. The thread ends when there has been no work for a while.
 */
final class TokenLoop implements AutoCloseable {
    /** Tokens of a prompt that are computed together. */
    static final int PART = 128;

    /** Milliseconds for which the thread and its memory outlast the last text. */
    private static final long LINGER = 1000;

    private final TransformerWeights weights;
    private final Backend backend;
    private final PassFactory passes;
    private final GenerationLimits limits;
    private final PrefixCache prefixes;
    private final Counts counts = new Counts();
    /** Guarded by this object, as are the three below. */
    private final Deque<Continuation> waiting = new ArrayDeque<>();

    private @Nullable Thread runner;
    private @Nullable NextTokenPass opened;
    private boolean closed;

    /** Counts of the work so far, for tests. */
    static final class Counts {
        final AtomicLong steps = new AtomicLong();
        final AtomicLong rows = new AtomicLong();
        final AtomicLong promptTokens = new AtomicLong();
        final AtomicLong sharedTokens = new AtomicLong();
        final AtomicLong most = new AtomicLong();
    }

    /** Opens a pass, which the thread takes over, so that a model that cannot be computed is refused at once. */
    TokenLoop(TransformerWeights weights, Backend backend, PassFactory passes, GenerationLimits limits) {
        this.weights = weights;
        this.backend = backend;
        this.passes = passes;
        this.limits = limits;
        prefixes = new PrefixCache(limits.prefixBytes(), KeyValueCache.bytes(weights, PART));
        opened = passes.nextTokens(weights, backend);
    }

    Counts counts() {
        return counts;
    }

    synchronized void add(Continuation text) {
        if (closed) {
            throw new IllegalStateException("the generator is closed");
        }
        waiting.add(text);
        if (runner == null) {
            runner = new Thread(new Run(), "lsr-adapt-texts");
            runner.setDaemon(true);
            runner.start();
        }
        notifyAll();
    }

    /** Ends the texts with an exception, and frees all memory. */
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = runner;
            notifyAll();
        }
        boolean interrupted = false;
        while (running != null && running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        prefixes.close();
        NextTokenPass unused = takeOpened();
        if (unused != null) {
            unused.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there are texts to begin; waits for them if none is running. */
    private synchronized boolean awaitWork(boolean running, boolean lingers) {
        long end = System.nanoTime() + LINGER * 1_000_000;
        while (!closed && !running && waiting.isEmpty()) {
            long left = lingers ? (end - System.nanoTime()) / 1_000_000 : 0;
            if (left <= 0) {
                break;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                // Only close ends this thread.
            }
        }
        if (closed || (!running && waiting.isEmpty())) {
            runner = null;
            return false;
        }
        return true;
    }

    private synchronized @Nullable NextTokenPass takeOpened() {
        NextTokenPass taken = opened;
        opened = null;
        return taken;
    }

    private synchronized @Nullable Continuation peek() {
        for (Iterator<Continuation> all = waiting.iterator(); all.hasNext(); ) {
            Continuation one = all.next();
            if (one.isOver()) {
                all.remove();
                one.release();
            }
        }
        return waiting.peek();
    }

    private synchronized void begun(Continuation text) {
        waiting.remove(text);
    }

    private synchronized List<Continuation> takeAll() {
        List<Continuation> all = new ArrayList<>(waiting);
        waiting.clear();
        return all;
    }

    /** One life of the thread. */
    private final class Run implements Runnable {
        private final Deque<Continuation> running = new ArrayDeque<>();
        private @Nullable NextTokenPass shared = takeOpened();
        /** Whether a text has a pass to itself that computes no sequences together. */
        private boolean taken;

        private long bytes;

        @Override
        public void run() {
            try {
                while (awaitWork(!running.isEmpty(), shared == null || shared.together())) {
                    try (Backend.Pass scope = backend.openPass()) {
                        do {
                            beginTexts();
                            part();
                            together();
                            endTexts();
                        } while (!running.isEmpty() && isOpen());
                    }
                }
                end(new IllegalStateException("the generator is closed"));
            } catch (RuntimeException | Error e) {
                end(e);
            } finally {
                if (shared != null) {
                    shared.close();
                }
            }
        }

        private boolean isOpen() {
            synchronized (TokenLoop.this) {
                return !closed;
            }
        }

        private void end(Throwable cause) {
            boolean mine;
            synchronized (TokenLoop.this) {
                mine = closed || runner == Thread.currentThread();
                runner = mine ? null : runner;
            }
            List<Continuation> all = new ArrayList<>(running);
            if (mine) {
                all.addAll(takeAll());
            }
            for (Continuation one : all) {
                one.fail(cause);
                one.release();
            }
        }

        /** Begins the texts that fit, in their order. */
        private void beginTexts() {
            for (Continuation one = peek(); one != null && hasRoom(one); one = peek()) {
                begun(one);
                running.add(one);
                try {
                    begin(one);
                } catch (RuntimeException | Error e) {
                    one.fail(e);
                }
            }
            counts.most.accumulateAndGet(running.size(), Math::max);
        }

        private boolean hasRoom(Continuation one) {
            if (running.isEmpty()) {
                prefixes.shrink(limits.bytes() - bytes(one));
                return true;
            }
            long left = limits.bytes() - bytes - bytes(one);
            int most = isTogether() ? limits.texts() : Math.min(limits.texts(), Parallel.threads());
            if (running.size() >= most || left < 0) {
                return false;
            }
            prefixes.shrink(left);
            return true;
        }

        private long bytes(Continuation one) {
            return isTogether() ? KeyValueCache.bytes(weights, one.capacity()) : 0;
        }

        private boolean isTogether() {
            return shared == null || shared.together();
        }

        /** A pass that computes no sequences together is for one of them; others have passes of their own. */
        private void begin(Continuation one) {
            if (shared == null) {
                shared = passes.nextTokens(weights, backend);
            }
            if (shared.together()) {
                long own = bytes(one);
                one.begin(shared.begin(one.capacity(), one.updates()), () -> bytes -= own);
                bytes += own;
                return;
            }
            if (!taken) {
                one.begin(shared.begin(one.capacity(), one.updates()), () -> taken = false);
                taken = true;
                return;
            }
            NextTokenPass other = passes.nextTokens(weights, backend);
            try {
                one.begin(other.begin(one.capacity(), one.updates()), other::close);
            } catch (RuntimeException | Error e) {
                other.close();
                throw e;
            }
        }

        /** Computes a part of one prompt, or all of it in a pass that computes no sequences together; the next step is for another. */
        private void part() {
            for (int i = 0; i < running.size(); i++) {
                Continuation one = running.poll();
                running.add(one);
                if (!one.isOver() && one.pending() > 1) {
                    try {
                        part(one);
                    } catch (RuntimeException | Error e) {
                        one.fail(e);
                    }
                    return;
                }
            }
        }

        private void part(Continuation one) {
            while (one.pending() > 1) {
                int from = one.sequence().tokens();
                int end = isTogether() ? (from / PART + 1) * PART : one.knownCount();
                int to = Math.min(one.knownCount(), end);
                int[] ids = Arrays.copyOfRange(one.known(), from, to);
                if (to == one.knownCount()) {
                    counts.promptTokens.addAndGet(ids.length);
                    one.choose(capped(one.sequence().logits(ids)));
                    return;
                }
                Optional<NextTokenPass.Kept> kept = prefixes.find(one, to);
                if (kept.isEmpty()) {
                    counts.promptTokens.addAndGet(ids.length);
                    one.sequence().add(ids, one.knownCount());
                    prefixes.keep(one, from, to, limits.bytes() - bytes);
                    return;
                }
                counts.sharedTokens.addAndGet(ids.length);
                one.sequence().add(kept.get());
            }
        }

        /** Computes a token of every text that lacks one. */
        private void together() {
            List<Continuation> ready = new ArrayList<>();
            for (Continuation one : running) {
                if (!one.isOver() && one.pending() == 1) {
                    ready.add(one);
                }
            }
            if (ready.isEmpty()) {
                return;
            }
            counts.steps.incrementAndGet();
            counts.rows.addAndGet(ready.size());
            if (isTogether() && ready.size() > 1) {
                try {
                    step(ready);
                    return;
                } catch (RuntimeException | Error e) {
                    // Each alone, so that the failure reaches its own caller; those that are a token ahead have it too.
                    ready.stream().filter(one -> one.pending() != 1).forEach(one -> one.fail(e));
                }
            }
            ready.stream().filter(one -> !one.isOver()).forEach(this::alone);
        }

        private void alone(Continuation one) {
            try {
                one.choose(capped(one.sequence().logits(new int[] {one.next()})));
            } catch (RuntimeException | Error e) {
                one.fail(e);
            }
        }

        private void step(List<Continuation> ready) {
            int[] next = ready.stream().mapToInt(Continuation::next).toArray();
            double[][] z =
                    shared.logits(ready.stream().map(Continuation::sequence).toList(), next);
            Parallel.run(next.length, i -> ready.get(i).choose(capped(z[i])));
        }

        private double[] capped(double[] z) {
            weights.model().logitCap().ifPresent(cap -> {
                for (int i = 0; i < z.length; i++) {
                    z[i] = cap * Math.tanh(z[i] / cap);
                }
            });
            return z;
        }

        private void endTexts() {
            for (Iterator<Continuation> all = running.iterator(); all.hasNext(); ) {
                Continuation one = all.next();
                if (one.isOver()) {
                    all.remove();
                    one.release();
                }
            }
        }
    }
}
