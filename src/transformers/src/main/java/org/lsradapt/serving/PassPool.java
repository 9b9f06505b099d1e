package org.lsradapt.serving;

import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.EmbeddingPass;
import org.lsradapt.objectives.MeanPooling;
import org.lsradapt.objectives.heads.HeadPass;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;

/**
 * Lends a fixed number of passes to many threads: each keeps memory of the size of its largest batch, and more passes
 * than cores would not be faster. A thread waits until one is free. The pass used last is lent first.
 */
final class PassPool implements AutoCloseable {
    private final TransformerWeights weights;
    private final Backend backend;
    private final PassFactory factory;
    private final int count;
    private final Semaphore permits;
    private final ArrayDeque<Lent> idle = new ArrayDeque<>();
    private boolean closed;

    PassPool(TransformerWeights weights, Backend backend, PassFactory factory, int passes) {
        this.weights = weights;
        this.backend = backend;
        this.factory = factory;
        count = passes;
        permits = new Semaphore(count, true);
    }

    /** One thread's passes; closing gives them back. */
    final class Lent implements AutoCloseable {
        final InferencePass pass = factory.inference(weights, backend);
        final HeadPass headPass = new HeadPass(weights, backend);
        final EmbeddingPass embeddingPass = new EmbeddingPass(weights, backend);
        final MeanPooling meanPooling =
                new MeanPooling(weights, Rows.of(weights.model().head().row()), backend);

        @Override
        public void close() {
            pass.release();
            giveBack(this);
            permits.release();
        }

        private void free() {
            pass.close();
            headPass.close();
            embeddingPass.close();
            meanPooling.close();
        }
    }

    /** Lends passes to the calling thread. */
    Lent lend() {
        requireOpen();
        permits.acquireUninterruptibly();
        try {
            Lent lent = takeIdle();
            return lent == null ? new Lent() : lent;
        } catch (RuntimeException | Error e) {
            permits.release();
            throw e;
        }
    }

    private synchronized Lent takeIdle() {
        requireOpen();
        return idle.pollFirst();
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model with many adapters is closed");
        }
    }

    private synchronized void giveBack(Lent lent) {
        if (closed) {
            lent.free();
        } else {
            idle.addFirst(lent);
        }
    }

    /** Stops lending, frees all passes, and returns when the lent ones have come back. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            idle.forEach(Lent::free);
            idle.clear();
        }
        permits.acquireUninterruptibly(count);
        permits.release(count);
    }
}
