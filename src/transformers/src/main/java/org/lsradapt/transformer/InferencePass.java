package org.lsradapt.transformer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through a model for predictions, where each sequence has its own updates. {@link TransformerPass} runs
 * in this process; a {@link PassFactory} opens other implementations. For one thread at a time.
 */
public interface InferencePass extends AutoCloseable {

    /**
     * Computes hidden states.
     *
     * @param batch the tokens and the wanted rows
     * @param updates the updates of the layers' products for each sequence; null for none
     * @return [wanted rows, width]; memory of this pass, valid until its next call
     * @throws IllegalArgumentException if the number of updates is not that of the sequences
     * @throws IllegalStateException if updates are merged into the weights, or there is too little memory
     */
    INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates);

    /** Gives back the memory of the last result, which is not read any more; by default the pass keeps it for its next call. */
    default void release() {}

    @Override
    void close();
}
