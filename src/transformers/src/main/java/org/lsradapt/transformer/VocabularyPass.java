package org.lsradapt.transformer;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the cross-entropy of a softmax over a vocabulary outside this process. A {@link PassFactory} opens it. For
 * one thread at a time.
 */
public interface VocabularyPass extends AutoCloseable {

    /**
     * Computes the losses of rows.
     *
     * @param features h [n, width], FLOAT
     * @param targets the token that each row should predict
     * @param smoothing the part of a target's weight that is spread over the vocabulary
     * @param scale factor of the gradient
     * @param gradFeatures scale·∂(Σ losses)/∂h [n, width], overwritten; null if it is not wanted
     * @return the loss of each row; without smoothing, −log p of its target
     */
    double[] losses(INDArray features, int[] targets, double smoothing, double scale, @Nullable INDArray gradFeatures);

    @Override
    void close();
}
