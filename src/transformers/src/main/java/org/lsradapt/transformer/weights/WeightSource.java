package org.lsradapt.transformer.weights;

import java.io.IOException;
import java.util.Optional;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The source of a model's frozen weights, whatever the file format.
 *
 * <p>Names are those of {@link org.lsradapt.transformer.parts.Transformer#tensors()}: Hugging Face's without a model
 * prefix. Arrays follow this library's convention, activations as rows: the weight of a linear layer is [in, out],
 * whatever orientation the file has; tables are [rows, width]; biases and the weights of normalizations are [n].
 */
public interface WeightSource {

    /** Whether {@link #read} finds this name. */
    boolean has(String name);

    /**
     * Reads one weight.
     *
     * @param name a name without model prefix
     * @return a new 'c'-ordered FLOAT array, which the caller owns
     * @throws IOException if the file cannot be read, or the weight is missing or damaged; the message names file and
     *     weight
     */
    INDArray read(String name) throws IOException;

    /**
     * Returns the weight of a linear layer, or an embedding table, mapped from the file without a copy.
     *
     * @param name a name without model prefix
     * @return Wᵀ [out, in] or the table [rows, width], valid while the source is open; empty if the file has it in a
     *     form that cannot be mapped
     * @throws IOException as {@link #read}
     */
    default Optional<StoredMatrix> stored(String name) throws IOException {
        return Optional.empty();
    }
}
