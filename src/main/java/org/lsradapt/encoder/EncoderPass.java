package org.lsradapt.encoder;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.encoder.kernels.EncoderKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Buffer;
import org.lsradapt.lsr.backend.Parallel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through an encoder, forward and, if asked to train, backward, in memory that it keeps from batch to batch.
 * For one thread at a time. The adapters' dense matrices are read as they are: {@link AdapterSet#materialize} is the
 * caller's to call after their parameters changed.
 *
 * <p>Sequences do not see each other, so a batch is divided among as many threads as the backend takes: each takes whole
 * sequences through all layers, and threads meet twice in a step. Where sequences do not divide evenly, one share takes the
 * batch and threads divide each operation instead; see {@link BatchSplit}.
 */
public final class EncoderPass implements AutoCloseable {

    /** What a pass computes. */
    public enum Output {
        /** The hidden states of all tokens, [tokens, hidden]. */
        ALL_TOKENS,
        /** The hidden state of each sequence's first token, [sequences, hidden], which is what a head reads. */
        FIRST_TOKENS
    }

    private final EncoderWeights weights;
    private final Backend backend;
    private final EncoderKernels kernels;
    private final Output output;
    private final boolean adapted;
    private final List<EncoderLane> lanes = new ArrayList<>();
    private final List<Buffer> laneGradients = new ArrayList<>();
    private final Buffer joined;
    private BatchSplit split;

    /**
     * Plans a pass.
     *
     * @param weights the encoder; kept
     * @param adapters the adapters of its linear layers; kept; null for none, or for those that a call gives
     * @param backend the matrix products
     * @param kernels all else
     * @param output what to compute
     * @param trains whether {@link #backward} will be called
     */
    public EncoderPass(
            EncoderWeights weights,
            AdapterSet adapters,
            Backend backend,
            EncoderKernels kernels,
            Output output,
            boolean trains) {
        this.weights = weights;
        this.backend = backend;
        this.kernels = kernels;
        this.output = output;
        adapted = adapters != null;
        int hidden = weights.config().hidden();
        joined = new Buffer(weights.dataType(), hidden);
        boolean first = output == Output.FIRST_TOKENS;
        for (int lane = 0; lane < backend.lanes(); lane++) {
            lanes.add(new EncoderLane(weights, adapters, backend, kernels, first, trains, lane));
            laneGradients.add(new Buffer(weights.dataType(), hidden));
        }
    }

    /**
     * Computes hidden states.
     *
     * @param batch the tokens
     * @return [tokens, hidden] or [sequences, hidden], as planned; memory of this pass, valid until its next call
     */
    public INDArray forward(TokenBatch batch) {
        return forward(batch, Collections.nCopies(batch.size(), null));
    }

    /**
     * As {@link #forward(TokenBatch)}, each sequence with updates of its own. A sequence's result is to the bit the one
     * that it has in this batch whatever updates the other sequences have: the products with frozen weights are those of
     * the whole batch in its order, and those with thin matrices are each sequence's own.
     *
     * @param batch the tokens
     * @param updates for each sequence what to add to the layers' products; null for nothing
     * @return [tokens, hidden] or [sequences, hidden], as planned; memory of this pass, valid until its next call
     * @throws IllegalArgumentException if their number is not that of the sequences
     * @throws IllegalStateException if the pass was planned with adapters
     */
    public INDArray forward(TokenBatch batch, List<DenseUpdates> updates) {
        Require.argument(
                updates.size() == batch.size(),
                "encoder pass: %d sequences and updates for %d",
                batch.size(),
                updates.size());
        if (adapted && updates.stream().anyMatch(Objects::nonNull)) {
            throw new IllegalStateException("encoder pass: it was planned with adapters, expected none beside them");
        }
        try (Backend.Pass scope = backend.openPass()) {
            split = BatchSplit.of(batch, weights.config().hidden(), lanes.size());
            if (split.size() == 1) {
                return lanes.get(0).forward(batch, updates);
            }
            INDArray out = joined.rows(output == Output.FIRST_TOKENS ? batch.size() : batch.tokens());
            inParallel(lane -> {
                List<DenseUpdates> own =
                        IntStream.of(split.sequences(lane)).mapToObj(updates::get).collect(Collectors.toList());
                kernels.scatterRows(lanes.get(lane).forward(split.batch(lane), own), rows(lane), out);
            });
            return out;
        }
    }

    /**
     * Collects the adapters' gradients of the last {@link #forward}.
     *
     * @param batch the batch of that call
     * @param gradient ∂L/∂output, shaped as its result; overwritten
     */
    public void backward(TokenBatch batch, INDArray gradient) {
        try (Backend.Pass scope = backend.openPass()) {
            if (split.size() == 1) {
                lanes.get(0).backward(batch, gradient);
                return;
            }
            inParallel(lane -> {
                int[] rows = rows(lane);
                INDArray own = laneGradients.get(lane).rows(rows.length);
                kernels.gatherRows(gradient, rows, own);
                lanes.get(lane).backward(split.batch(lane), own);
            });
        }
    }

    /** Which rows of the pass's output are a lane's. */
    private int[] rows(int lane) {
        return output == Output.FIRST_TOKENS ? split.sequences(lane) : split.tokens(lane);
    }

    private void inParallel(IntConsumer body) {
        Parallel.run(split.size(), body);
    }

    @Override
    public void close() {
        lanes.forEach(EncoderLane::close);
        laneGradients.forEach(Buffer::close);
        joined.close();
    }
}
