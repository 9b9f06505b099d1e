package org.lsradapt.encoder;

import java.io.IOException;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where an encoder's frozen weights come from, whatever the file format.
 *
 * <p>Names are Hugging Face's without a model prefix: {@code embeddings.word_embeddings.weight},
 * {@code encoder.layer.0.attention.self.query.weight}, {@code pooler.dense.bias}. Arrays are in this
 * library's convention, activations as rows: the weight of a linear layer is [in, out], whatever
 * orientation the file has; tables are [rows, hidden]; biases and LayerNorm parameters are [n].
 */
public interface WeightSource {

    /** Whether {@link #read} would find this name. */
    boolean has(String name);

    /**
     * Reads one weight.
     *
     * @param name Hugging Face name without model prefix
     * @return a new 'c'-ordered FLOAT array, which the caller owns
     * @throws IOException if the file cannot be read, or holds no weight of that name or a damaged one; the
     *     message names file and weight
     */
    INDArray read(String name) throws IOException;
}
