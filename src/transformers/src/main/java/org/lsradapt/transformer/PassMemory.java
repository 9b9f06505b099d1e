package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory that a {@link TransformerPass} in FLOAT holds after a batch, in bytes. It is counted by a pass that reads no
 * weights, computes nothing and whose arrays have shapes but no memory. A pass keeps its memory from batch to batch, so
 * the largest of several batches counts. An array of 16 rows or more has memory up to the next multiple of 16.
 *
 * <p>A pass holds less with BF16 weights on a processor that multiplies BF16: some arrays that all layers share are
 * then BF16.
 *
 * <p>Not counted is the memory that threads use within one operation: rows of numbers and, in inference and with long
 * sequences, the scores of some heads (of one head with long sequences).
 *
 * @param activations hidden states, attention probabilities of short sequences, and their gradients
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
     * @param ranks the bottleneck rank r of the adapter of a linear layer, by the layer's full name; 0 for no adapter
     * @param dropout whether adapters read their input through dropout
     * @param batch the batch, which is divided among the backend's lanes as in a pass
     */
    public static PassMemory of(
            Transformer model,
            Pass pass,
            ToIntFunction<String> ranks,
            boolean dropout,
            TokenBatch batch,
            Backend backend) {
        Memory activations = Memory.counting();
        Memory updates = Memory.counting();
        Memory dropped = Memory.counting();
        List<DroppedInputs> dropouts =
                dropout ? dropouts(batch, backend, Arithmetic.counting(backend, dropped)) : List.of();
        TransformerPass.Adapters adapters = new TransformerPass.Adapters() {
            @Override
            public boolean adapts(String layer) {
                return ranks.applyAsInt(layer) > 0;
            }

            @Override
            public LayerUpdate use(String layer, int lane) {
                if (!adapts(layer)) {
                    return LayerUpdate.NONE;
                }
                LayerUpdate use = new CountedUse(updates, ranks.applyAsInt(layer));
                return pass == Pass.INFERENCE || !dropout
                        ? use
                        : dropouts.get(lane).before(layer, use);
            }
        };
        try (TransformerWeights weights = TransformerWeights.ofShapes(model);
                TransformerPass counted = new TransformerPass(
                        weights,
                        Optional.of(adapters),
                        Optional.empty(),
                        pass,
                        Arithmetic.counting(backend, activations))) {
            INDArray hidden = counted.forward(batch);
            if (pass != Pass.INFERENCE) {
                counted.backward(batch, hidden);
            }
            return new PassMemory(activations.bytes(), updates.bytes(), dropped.bytes());
        } finally {
            dropouts.forEach(DroppedInputs::close);
        }
    }

    private static List<DroppedInputs> dropouts(TokenBatch batch, Backend backend, Arithmetic arithmetic) {
        Dropout dropout = new Dropout();
        dropout.set(0.5, 0, 0);
        dropout.nextStep();
        dropout.begin(batch.size());
        List<DroppedInputs> lanes = new ArrayList<>();
        for (int lane = 0; lane < backend.lanes(); lane++) {
            DroppedInputs inputs = new DroppedInputs(dropout, arithmetic, DataType.FLOAT);
            inputs.useFirst(batch.size());
            lanes.add(inputs);
        }
        return lanes;
    }

    /** An adapter's use of a layer that holds x·A and its gradient. */
    private static final class CountedUse implements LayerUpdate {
        private final Buffer hidden;
        private final Buffer gradHidden;

        CountedUse(Memory memory, int rank) {
            hidden = memory.buffer(DataType.FLOAT, rank);
            gradHidden = memory.buffer(DataType.FLOAT, rank);
        }

        @Override
        public boolean trains() {
            return true;
        }

        @Override
        public void forward(int[] rows, INDArray x, INDArray y) {
            hidden.rows(x.size(0));
        }

        @Override
        public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
            gradHidden.rows(x.size(0));
        }

        @Override
        public void close() {
            hidden.close();
            gradHidden.close();
        }
    }

    /** The sum of all parts in bytes. */
    public long total() {
        return activations + adapters + dropout;
    }
}
