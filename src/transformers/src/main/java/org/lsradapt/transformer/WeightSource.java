package org.lsradapt.transformer;

import java.io.IOException;
import java.util.Optional;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a model's frozen weights come from, whatever the file format.
 *
 * <p>Names are those of {@link org.lsradapt.transformer.parts.Transformer#tensors()}: Hugging Face's without a model
 * prefix. Arrays are in this library's convention, activations as rows: the weight of a linear layer is [in, out],
 * whatever orientation the file has; tables are [rows, width]; biases and the weights of normalizations are [n].
 */
public interface WeightSource {

    /** Whether {@link #read} would find this name. */
    boolean has(String name);

    /**
     * Reads one weight.
     *
     * @param name a name without model prefix
     * @return a new 'c'-ordered FLOAT array, which the caller owns
     * @throws IOException if the file cannot be read, or holds no weight of that name or a damaged one; the
     *     message names file and weight
     */
    INDArray read(String name) throws IOException;

    /**
     * The weight of a linear layer, or an embedding table, as it lies in the file, mapped and not copied.
     *
     * @param name a name without model prefix
     * @return Wᵀ [out, in] or the table [rows, width], good while the source is open; empty where the file has it in a form that is not mapped
     * @throws IOException as {@link #read}
     */
    default Optional<StoredMatrix> stored(String name) throws IOException {
        return Optional.empty();
    }
}
