package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.VocabularyPass;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Cross-entropy of a softmax over a large vocabulary, logits = h·Eᵀ + d, with its gradient, for some rows at a time.
 * Their logits are computed, become the gradient in place, and are multiplied by E while they are in memory.
 */
final class VocabularyLoss implements AutoCloseable {
    /** The most logits that one thread holds at once. */
    private static final long LOGITS = 1L << 23;

    private static final int MOST_ROWS = 256;

    private final FrozenWeight table;
    /** d, or null. */
    private final @Nullable INDArray bias;

    private final Backend backend;
    private final Kernels kernels;
    private final Buffer[] logits;
    /** Logits after the cap, from which the gradient is computed; empty without a cap. */
    private final Buffer[] capped;

    private final OptionalDouble cap;
    private final Buffer gradient;
    private final int rows;
    private Optional<VocabularyPass> elsewhere = Optional.empty();

    VocabularyLoss(FrozenWeight table, OptionalDouble cap, Backend backend) {
        this(table, null, cap, backend);
    }

    /** Creates a loss with a bias that is added to each token's logit; kept. */
    VocabularyLoss(FrozenWeight table, @Nullable INDArray bias, OptionalDouble cap, Backend backend) {
        this.table = table;
        this.bias = bias;
        this.cap = cap;
        this.backend = backend;
        kernels = Kernels.standard(backend, table.dataType());
        rows = rowsAtOnce(table.outFeatures());
        logits = logits(backend.lanes());
        capped = logits(cap.isPresent() ? logits.length : 0);
        gradient = new Buffer(table.dataType(), table.inFeatures());
    }

    private Buffer[] logits(int count) {
        return Stream.generate(() -> new Buffer(table.dataType(), table.outFeatures()))
                .limit(count)
                .toArray(Buffer[]::new);
    }

    private static int rowsAtOnce(long vocabulary) {
        return (int) Math.max(1, Math.min(MOST_ROWS, LOGITS / vocabulary));
    }

    /** Returns the bytes of the logits that are held at once for the given number of rows in FLOAT. */
    static long logitsBytes(long vocabulary, long count, int lanes) {
        int rows = rowsAtOnce(vocabulary);
        long chunks = (count + rows - 1) / rows;
        return Math.min(lanes, chunks) * Math.min(rows, count) * vocabulary * Float.BYTES;
    }

    /** Computes losses elsewhere from now on; throws and changes nothing if there is too little memory there. */
    void openBy(PassFactory factory) {
        Optional<VocabularyPass> opened = factory.vocabulary(table, Optional.ofNullable(bias), cap);
        elsewhere.ifPresent(VocabularyPass::close);
        elsewhere = opened;
    }

    INDArray gradient(long count) {
        return gradient.rows(count);
    }

    /**
     * Computes the losses of rows.
     *
     * @param features h [n, width]
     * @param smoothing the part of a target's weight that is spread over the vocabulary
     * @param gradFeatures scale·∂(Σ losses)/∂h [n, width], overwritten; null if it is not wanted
     * @return the loss of each row; without smoothing, −log p of its target
     */
    double[] losses(INDArray features, int[] targets, double smoothing, double scale, @Nullable INDArray gradFeatures) {
        return losses(features, targets, smoothing, scale, gradFeatures, null);
    }

    /** Computes losses, and sets {@code right} to whether no token's logit exceeds the target's, unless null. */
    double[] losses(
            INDArray features,
            int[] targets,
            double smoothing,
            double scale,
            @Nullable INDArray gradFeatures,
            boolean @Nullable [] right) {
        if (elsewhere.isPresent() && right == null) {
            return elsewhere.get().losses(features, targets, smoothing, scale, gradFeatures);
        }
        double[] losses = new double[targets.length];
        int chunks = (targets.length + rows - 1) / rows;
        int lanes = Math.min(logits.length, chunks);
        Parallel.run(lanes, lane -> {
            for (int chunk = lane; chunk < chunks; chunk += lanes) {
                int from = chunk * rows;
                int to = Math.min(targets.length, from + rows);
                chunk(features, targets, from, to, smoothing, scale, gradFeatures, lane, losses, right);
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
            @Nullable INDArray gradFeatures,
            int lane,
            double[] losses,
            boolean @Nullable [] right) {
        INDArray z = logits[lane].rows(to - from);
        if (bias != null) {
            backend.fillRows(bias, z);
        }
        table.multiply(backend, Views.rows(features, from, to), bias == null ? 0 : 1, z);
        cap.ifPresent(most -> kernels.cap(most, z));
        for (int i = from; right != null && i < to; i++) {
            right[i] = isLargest(Views.rows(z, i - from, i - from + 1L), targets[i]);
        }
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

    private boolean isLargest(INDArray row, int target) {
        double[] numbers = new double[(int) row.length()];
        backend.read(row, numbers);
        return Arrays.stream(numbers).noneMatch(number -> number > numbers[target]);
    }

    @Override
    public void close() {
        Stream.of(logits, capped).flatMap(Stream::of).forEach(Buffer::close);
        gradient.close();
        elsewhere.ifPresent(VocabularyPass::close);
    }
}
