package org.lsradapt.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Threads;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the batches of many threads together: continuous batching for encoders. A thread that calls a pass waits; each step takes
 * sequences from the waiting batches, whatever their adapters, up to a limit in tokens. Batches are computed in the order of their
 * arrival. While a batch takes several steps, a quarter of each is for small ones that arrived after it, so that short texts do not
 * wait for a long list. No step waits for more texts: under load, a batch collects while the step before it is computed. Texts are
 * packed without padding, so texts of any lengths share a step.
 *
 * <pre>{@code
 * try (SharedPasses shared = SharedPasses.of(base.weights(), where, backend, 2048, (sequences, tokens, waited) -> {});
 *         MultiAdapterModel model = new MultiAdapterModel(base.weights(), backend)) {
 *     model.passes(shared);
 * }
 * }</pre>
 *
 * <p>A result may differ in its last digits from that of the same texts alone, as with any batch. If a step fails, its batches are
 * computed again one by one, so that each failure reaches its own caller. Safe for many threads; to be closed after the models that use
 * it.
 */
public final class SharedPasses implements PassFactory, AutoCloseable {
    /** The number of threads that may wait at once in one {@link MultiAdapterModel}. */
    private static final int CALLERS = 4096;

    /** The share of a step that small batches may take from one that takes several steps. */
    private static final int SMALL_SHARE = 4;

    /** The number of unused arrays for the results of steps that are kept. */
    private static final int IDLE = 4;

    private final TransformerWeights weights;
    private final PassFactory where;
    private final int most;
    private final InferencePass pass;
    private final Thread runner;
    private final Listener listener;
    private final Deque<Job> queue = new ArrayDeque<>();
    /** Guarded by itself. */
    private final Deque<Buffer> idle = new ArrayDeque<>();

    private volatile boolean closed;

    /** Measures the steps; called by the thread that computes them. */
    @FunctionalInterface
    public interface Listener {
        /** Called before a step, with the nanoseconds for which the oldest of its batches has waited. */
        void step(int sequences, int tokens, long waited);
    }

    private SharedPasses(
            TransformerWeights weights, PassFactory where, InferencePass pass, int most, Listener listener) {
        this.listener = listener;
        this.weights = weights;
        this.where = where;
        this.pass = pass;
        this.most = most;
        runner = new Thread(this::run, "lsr-adapt-passes");
        runner.setDaemon(true);
    }

    /**
     * Starts the thread that computes.
     *
     * @param weights the model; kept
     * @param where the place of the computation; kept
     * @param backend computes the matrix products in this process
     * @param most limit of a step in tokens, at least 1; a longer text has a step of its own
     * @param listener measures the steps
     */
    public static SharedPasses of(
            TransformerWeights weights, PassFactory where, Backend backend, int most, Listener listener) {
        Require.argument(most >= 1, "shared passes: %d tokens in a step, expected at least 1", most);
        SharedPasses shared = new SharedPasses(weights, where, where.inference(weights, backend), most, listener);
        shared.runner.start();
        return shared;
    }

    /** One thread's batch. */
    private final class Job {
        final TokenBatch batch;
        final List<@Nullable DenseUpdates> updates;
        final PassCaller caller = PassCaller.current();
        final long since = System.nanoTime();
        final CountDownLatch done = new CountDownLatch(1);
        volatile @Nullable Throwable failure;
        /** The first sequence that no step has taken; guarded by the queue. */
        int next;
        /** Set by the first step; for the computing thread, and for the caller when it is done. */
        @Nullable
        Results results;
        /** The first of the job's rows in the results. */
        long first;

        Job(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
            this.batch = batch;
            this.updates = updates;
        }

        long rowCount() {
            return batch.wantedRows().length;
        }

        void fail(Throwable cause) {
            failure = cause;
            Results partial = results;
            if (partial != null) {
                partial.release();
            }
            done.countDown();
        }

        /** Leaves the queue, unless a step has begun to compute it. */
        void cancel() {
            boolean removed;
            synchronized (queue) {
                removed = next == 0 && queue.remove(this);
            }
            if (removed) {
                fail(new CancellationException("the caller has given up"));
            }
        }

        int length(int sequence) {
            return batch.offsets()[sequence + 1] - batch.offsets()[sequence];
        }

        int left() {
            return batch.tokens() - batch.offsets()[next];
        }

        void await() {
            boolean interrupted = false;
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Threads.rethrow(failure);
        }
    }

    private Buffer borrow() {
        synchronized (idle) {
            Buffer kept = idle.pollFirst();
            return kept == null ? new Buffer(weights.dataType(), weights.model().width()) : kept;
        }
    }

    private void giveBack(Buffer memory) {
        synchronized (idle) {
            if (idle.size() < IDLE && !closed) {
                idle.addFirst(memory);
                return;
            }
        }
        memory.close();
    }

    /** The results of the jobs that a step computed whole, or of one job that takes several steps, in one array. */
    private final class Results {
        private final Buffer memory = borrow();
        private final INDArray rows;
        private final AtomicInteger readers;

        Results(long count, int readers) {
            rows = memory.rows(count);
            this.readers = new AtomicInteger(readers);
        }

        /** Stops reading; the last reader gives the memory back. */
        void release() {
            if (readers.decrementAndGet() == 0) {
                giveBack(memory);
            }
        }
    }

    /** Some consecutive sequences of a job. */
    private record Part(Job job, int from, int to) {

        boolean isWhole() {
            return to - from == job.batch.size();
        }

        TokenBatch batch() {
            return isWhole()
                    ? job.batch
                    : job.batch.select(IntStream.range(from, to).toArray());
        }

        int rowCount() {
            return job.batch.wantedOffsets()[to] - job.batch.wantedOffsets()[from];
        }
    }

    private void run() {
        for (List<Part> step = take(); !step.isEmpty(); step = take()) {
            try {
                compute(step);
            } catch (RuntimeException | Error e) {
                if (step.size() == 1) {
                    fail(step.get(0).job, e);
                } else {
                    step.forEach(this::computeAlone);
                }
            }
        }
        pass.close();
    }

    private void computeAlone(Part part) {
        try {
            compute(List.of(part));
        } catch (RuntimeException | Error e) {
            fail(part.job, e);
        }
    }

    private void fail(Job job, Throwable cause) {
        synchronized (queue) {
            queue.remove(job);
        }
        job.fail(cause);
    }

    private void compute(List<Part> step) {
        List<@Nullable DenseUpdates> updates = new ArrayList<>();
        step.forEach(part -> updates.addAll(part.job.updates.subList(part.from, part.to)));
        TokenBatch batch = TokenBatch.join(step.stream().map(Part::batch).toList());
        listener.step(batch.size(), batch.tokens(), System.nanoTime() - step.get(0).job.since);
        deliver(step, pass.forward(batch, updates));
    }

    /** Copies the rows of a step, which the pass will overwrite: at once for the jobs that it computed whole. */
    private void deliver(List<Part> step, INDArray rows) {
        int whole = (int) step.stream().filter(Part::isWhole).count();
        Results shared = whole == 0 ? null : new Results(rows.size(0), whole);
        if (shared != null) {
            shared.rows.assign(rows);
        }
        long first = 0;
        for (Part part : step) {
            if (part.isWhole()) {
                part.job.results = shared;
                part.job.first = first;
            } else {
                append(part, Views.rows(rows, first, first + part.rowCount()));
            }
            if (part.to == part.job.batch.size()) {
                part.job.done.countDown();
            }
            first += part.rowCount();
        }
    }

    private void append(Part part, INDArray rows) {
        Job job = part.job;
        Results own = job.results;
        if (own == null) {
            own = new Results(job.rowCount(), 1);
            job.results = own;
        }
        long at = job.batch.wantedOffsets()[part.from];
        Views.rows(own.rows, at, at + part.rowCount()).assign(rows);
    }

    /** Waits for work; returns the parts of the next step, none after {@link #close}. */
    private List<Part> take() {
        synchronized (queue) {
            List<Part> step = next();
            while (step.isEmpty() && !closed) {
                waitForWork();
                step = next();
            }
            return step;
        }
    }

    private List<Part> next() {
        List<Part> small = new ArrayList<>();
        List<Part> step = new ArrayList<>();
        int tokens = 0;
        for (Job job = first();
                job != null && (step.isEmpty() || tokens + job.length(job.next) <= most);
                job = first()) {
            if (step.isEmpty() && job.left() > most) {
                small = smallOnes(job);
                tokens =
                        small.stream().mapToInt(part -> part.job.batch.tokens()).sum();
            }
            int from = job.next;
            do {
                tokens += job.length(job.next++);
            } while (job.next < job.batch.size() && tokens + job.length(job.next) <= most);
            step.add(new Part(job, from, job.next));
            if (job.next < job.batch.size()) {
                break;
            }
            queue.poll();
        }
        step.addAll(small);
        return step;
    }

    /** Takes small batches that arrived after the first one out of the queue. */
    private List<Part> smallOnes(Job first) {
        List<Part> small = new ArrayList<>();
        int left = most / SMALL_SHARE;
        for (Iterator<Job> jobs = queue.iterator(); jobs.hasNext(); ) {
            Job job = jobs.next();
            if (job != first && job.batch.tokens() <= left && !job.caller.isCancelled()) {
                left -= job.batch.tokens();
                jobs.remove();
                job.next = job.batch.size();
                small.add(new Part(job, 0, job.next));
            }
        }
        return small;
    }

    /** Returns the first batch whose caller has not given up; null if there is none. */
    private @Nullable Job first() {
        Job job = queue.peek();
        while (job != null && job.caller.isCancelled()) {
            queue.poll();
            job.fail(new CancellationException("the caller has given up"));
            job = queue.peek();
        }
        return job;
    }

    private void waitForWork() {
        try {
            queue.wait();
        } catch (InterruptedException e) {
            // Only close ends this thread.
        }
    }

    /** Waits for the results of a batch, in memory that the caller gives back. */
    private Job submit(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
        Require.argument(
                updates.size() == batch.size(),
                "shared passes: %d sequences and %d updates",
                batch.size(),
                updates.size());
        Job job = new Job(batch, Collections.unmodifiableList(new ArrayList<>(updates)));
        int longest = IntStream.range(0, batch.size()).map(job::length).max().orElse(0);
        job.caller.begin(batch.tokens(), longest, job::cancel);
        try {
            synchronized (queue) {
                requireOpen();
                job.caller.requireWaiting();
                queue.add(job);
                queue.notifyAll();
            }
            job.await();
            return job;
        } finally {
            job.caller.end();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the shared passes are closed");
        }
    }

    @Override
    public InferencePass inference(TransformerWeights model, Backend backend) {
        Require.argument(model == weights, "shared passes: they are of another model");
        return new InferencePass() {
            private @Nullable Results results;

            @Override
            public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
                release();
                Job job = submit(batch, updates);
                Results done = Objects.requireNonNull(job.results);
                results = done;
                return Views.rows(done.rows, job.first, job.first + job.rowCount());
            }

            @Override
            public void release() {
                Results read = results;
                results = null;
                if (read != null) {
                    read.release();
                }
            }

            @Override
            public void close() {
                release();
            }
        };
    }

    @Override
    public NextTokenPass nextTokens(TransformerWeights model, Backend backend) {
        return where.nextTokens(model, backend);
    }

    @Override
    public int atOnce() {
        return CALLERS;
    }

    @Override
    public ModelPass open(TransformerWeights model, Optional<AdapterSet> adapters, Optional<Training> training) {
        return where.open(model, adapters, training);
    }

    /** Computes the batches that wait, and ends the thread. */
    @Override
    public void close() {
        synchronized (queue) {
            closed = true;
            queue.notifyAll();
        }
        boolean interrupted = false;
        while (runner.isAlive()) {
            try {
                runner.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        synchronized (idle) {
            idle.forEach(Buffer::close);
            idle.clear();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
