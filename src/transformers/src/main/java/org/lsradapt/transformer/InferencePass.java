package org.lsradapt.transformer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through a model for predictions, each sequence with updates of its own. {@link TransformerPass} does so in this
 * process; a {@link PassFactory} opens others. For one thread at a time.
 */
public interface InferencePass extends AutoCloseable {

    /**
     * Computes hidden states.
     *
     * @param batch the tokens, and which rows are wanted
     * @param updates for each sequence what to add to the layers' products; null for nothing
     * @return [wanted rows, width]; memory of this pass, valid until its next call
     * @throws IllegalArgumentException if their number is not that of the sequences
     * @throws IllegalStateException if updates are merged into the weights, or there is too little memory
     */
    INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates);

    @Override
    void close();
}
