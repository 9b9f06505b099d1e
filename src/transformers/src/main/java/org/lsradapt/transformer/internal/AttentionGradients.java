package org.lsradapt.transformer.internal;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where {@link Kernels#attentionGradient} writes; everything in it is overwritten.
 *
 * @param queries [query rows, queries·d]
 * @param keys [key rows, keyValues·d]; null to leave it out
 * @param values [key rows, keyValues·d]
 * @param relative null, or null parts, to leave them out
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
