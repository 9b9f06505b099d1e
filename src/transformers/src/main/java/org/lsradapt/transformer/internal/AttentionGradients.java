package org.lsradapt.transformer.internal;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The output arrays of {@link Kernels#attentionGradient}, which overwrites all of them.
 *
 * @param keys [key rows, keyValues·d]; null to omit it
 * @param relative null, or null parts, to omit them
 */
public record AttentionGradients(INDArray queries, INDArray keys, INDArray values, RelativeRows relative) {

    /** The gradient of the relative rows of keys, or null. */
    INDArray relativeKeys() {
        return relative == null ? null : relative.keys();
    }

    /** The gradient of the relative rows of queries, or null. */
    INDArray relativeQueries() {
        return relative == null ? null : relative.queries();
    }
}
