package org.lsradapt.transformer;

import java.util.function.ToIntFunction;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The memory that a {@link TransformerPass} in FLOAT holds after a batch, in bytes, predicted from the model's
 * description: no weights are read and nothing is allocated. A pass keeps its memory from batch to batch, so the
 * largest of several batches counts. An array of 16 rows or more has memory up to the next multiple of 16.
 *
 * <p>A pass holds less with BF16 weights on a processor that multiplies BF16: some arrays that all layers share are
 * then BF16.
 *
 * <p>Not counted is the memory that threads use within one operation: rows of numbers and, in inference, the scores of
 * some heads (of one head with long sequences).
 *
 * @param activations hidden states, attention probabilities, and their gradients
 * @param adapters x·A of each token and its gradient
 * @param dropout dropped inputs and their gradients; 0 without dropout
 */
public record PassMemory(long activations, long adapters, long dropout) {

    /** The kind of pass. */
    public enum Pass {
        /** {@link TransformerPass#inference}. */
        INFERENCE,
        /** {@link TransformerPass#training}. */
        TRAINING,
        /** {@link TransformerPass#training} with checkpointing. */
        CHECKPOINTED
    }

    /**
     * Predicts the memory of a pass.
     *
     * @param model the model
     * @param pass the kind of pass
     * @param ranks the bottleneck rank r of the adapter of a linear layer, by the layer's full name; 0 for no adapter
     * @param dropout whether adapters read their input through dropout
     * @param batch the batch, which is divided among the backend's lanes as in a pass
     * @param backend the backend of the pass
     * @return the bytes
     */
    public static PassMemory of(
            Transformer model,
            Pass pass,
            ToIntFunction<String> ranks,
            boolean dropout,
            TokenBatch batch,
            Backend backend) {
        BatchSplit split = BatchSplit.of(batch, model.width(), backend.lanes());
        Kernels kernels = Kernels.standard(backend, DataType.FLOAT);
        PassMemory sum = new PassMemory(0, 0, 0);
        for (int i = 0; i < split.size(); i++) {
            TokenBatch share = split.batch(i);
            LaneMemory lane = new LaneMemory(model, pass, ranks, dropout, share, kernels);
            sum = sum.plus(lane.count());
        }
        if (split.size() > 1) {
            // The lanes' joined results and, in training, their shares of the gradient.
            long joined = batch.wantedRows().length;
            for (int i = 0; i < split.size() && pass != Pass.INFERENCE; i++) {
                joined += Buffer.roomFor(split.batch(i).wantedRows().length);
            }
            sum = sum.plus(new PassMemory(joined * model.width() * Float.BYTES, 0, 0));
        }
        return sum;
    }

    /** Predicts the memory of a pass without adapters or dropout. */
    public static PassMemory inference(Transformer model, TokenBatch batch, Backend backend) {
        return of(model, Pass.INFERENCE, name -> 0, false, batch, backend);
    }

    /** The sum of all parts in bytes. */
    public long total() {
        return activations + adapters + dropout;
    }

    private PassMemory plus(PassMemory other) {
        return new PassMemory(activations + other.activations, adapters + other.adapters, dropout + other.dropout);
    }
}
