package org.lsradapt.transformer.internal;

import org.lsradapt.transformer.parts.Norm;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A normalization with its weights.
 *
 * @param gamma γ [width], for {@link Norm.Kind#RMS_FROM_ONE} 1 + γ
 * @param beta β [width]; null for none
 */
public record NormWeights(Norm.Kind kind, double epsilon, INDArray gamma, INDArray beta) {

    /** Whether rows are divided by a statistic of theirs; otherwise the gradient needs no kept arrays. */
    public boolean normalizes() {
        return kind != Norm.Kind.SCALE;
    }

    /** Whether the mean is subtracted. */
    boolean centres() {
        return kind == Norm.Kind.LAYER;
    }
}
