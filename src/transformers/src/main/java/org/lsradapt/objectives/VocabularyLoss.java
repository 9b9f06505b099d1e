package org.lsradapt.objectives;

import java.util.OptionalDouble;
import org.lsradapt.lsr.FrozenWeight;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Cross-entropy of a softmax over a large vocabulary, logits = h·Eᵀ, and its gradient, for some rows at a time: their
 * logits are computed, become the gradient in place, and are multiplied by E while they are still there.
 */
final class VocabularyLoss implements AutoCloseable {
    /** Most logits that are held at once by one thread. */
    private static final long LOGITS = 1L << 23;

    private static final int MOST_ROWS = 256;

    private final FrozenWeight table;
    private final Backend backend;
    private final Kernels kernels;
    private final Buffer[] logits;
    /** Logits behind their cap, which the gradient is computed from; empty without one. */
    private final Buffer[] capped;

    private final OptionalDouble cap;
    private final Buffer gradient;
    private final int rows;

    VocabularyLoss(FrozenWeight table, OptionalDouble cap, Backend backend) {
        this.table = table;
        this.cap = cap;
        this.backend = backend;
        kernels = Kernels.standard(backend, table.dataType());
        rows = rowsAtOnce(table.outFeatures());
        logits = new Buffer[backend.lanes()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = new Buffer(table.dataType(), table.outFeatures());
        }
        capped = new Buffer[cap.isPresent() ? logits.length : 0];
        for (int i = 0; i < capped.length; i++) {
            capped[i] = new Buffer(table.dataType(), table.outFeatures());
        }
        gradient = new Buffer(table.dataType(), table.inFeatures());
    }

    private static int rowsAtOnce(long vocabulary) {
        return (int) Math.max(1, Math.min(MOST_ROWS, LOGITS / vocabulary));
    }

    /** The bytes of the logits that are held at once for so many rows in FLOAT. */
    static long logitsBytes(long vocabulary, long count, int lanes) {
        int rows = rowsAtOnce(vocabulary);
        long chunks = (count + rows - 1) / rows;
        return Math.min(lanes, chunks) * Math.min(rows, count) * vocabulary * Float.BYTES;
    }

    /** Memory for the gradient of so many rows. */
    INDArray gradient(long count) {
        return gradient.rows(count);
    }

    /**
     * The losses of rows.
     *
     * @param features h [n, width]
     * @param targets the token that each row should predict
     * @param smoothing how much of a target's weight is spread over the vocabulary
     * @param scale factor of the gradient
     * @param gradFeatures scale·∂(Σ losses)/∂h [n, width], overwritten; null if it is not wanted
     * @return the loss of each row: without smoothing −log p of its target
     */
    double[] losses(INDArray features, int[] targets, double smoothing, double scale, INDArray gradFeatures) {
        double[] losses = new double[targets.length];
        int chunks = (targets.length + rows - 1) / rows;
        int lanes = Math.min(logits.length, chunks);
        Parallel.run(lanes, lane -> {
            for (int chunk = lane; chunk < chunks; chunk += lanes) {
                int from = chunk * rows;
                int to = Math.min(targets.length, from + rows);
                chunk(features, targets, from, to, smoothing, scale, gradFeatures, lane, losses);
            }
        });
        return losses;
    }

    private void chunk(
            INDArray features,
            int[] targets,
            int from,
            int to,
            double smoothing,
            double scale,
            INDArray gradFeatures,
            int lane,
            double[] losses) {
        INDArray z = logits[lane].rows(to - from);
        table.multiply(backend, Views.rows(features, from, to), 0, z);
        cap.ifPresent(most -> kernels.cap(most, z));
        boolean keeps = cap.isPresent() && gradFeatures != null;
        INDArray kept = keeps ? capped[lane].rows(to - from) : null;
        if (keeps) {
            kept.assign(z);
        }
        kernels.crossEntropy(z, targets, from, smoothing, scale, gradFeatures != null, losses);
        if (keeps) {
            kernels.capGradient(cap.orElseThrow(), kept, z);
        }
        if (gradFeatures != null) {
            table.multiplyTransposed(backend, z, 0, Views.rows(gradFeatures, from, to));
        }
    }

    @Override
    public void close() {
        for (Buffer buffer : logits) {
            buffer.close();
        }
        for (Buffer buffer : capped) {
            buffer.close();
        }
        gradient.close();
    }
}
