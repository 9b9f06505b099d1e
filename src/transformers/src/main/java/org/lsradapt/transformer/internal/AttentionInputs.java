package org.lsradapt.transformer.internal;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The inputs of {@link Kernels#attention}.
 *
 * @param heads the division of columns into heads, and the scale
 * @param queries [query rows, queries·d]
 * @param keys [key rows, keyValues·d], one array for all sequences, or one per sequence that begins with its first key
 * @param values as the keys
 * @param relative the rows of distances, one for all sequences or one per sequence; null for none. Requires as many key
 *     heads as query heads, and a model that is not causal
 * @param bias the terms that distances add to the scores; null for none
 * @param rounds whether {@link CpuKernels} may round the factors of products to BF16
 */
@SuppressWarnings("ArrayRecordComponent")
public record AttentionInputs(
        Spans spans,
        Heads heads,
        INDArray queries,
        INDArray[] keys,
        INDArray[] values,
        RelativeRows[] relative,
        ScoreBias bias,
        boolean rounds) {

    /** Makes inputs with one array of the keys of all sequences. */
    public AttentionInputs(
            Spans spans,
            Heads heads,
            INDArray queries,
            INDArray keys,
            INDArray values,
            RelativeRows[] relative,
            ScoreBias bias,
            boolean rounds) {
        this(spans, heads, queries, new INDArray[] {keys}, new INDArray[] {values}, relative, bias, rounds);
    }

    /** Whether each sequence has its own keys and values, and is computed as if it were alone. */
    boolean areSeparate() {
        return keys.length > 1;
    }

    /** Whether factors are rounded; products with relative rows are not. */
    boolean isRounded() {
        return rounds && relative == null;
    }

    /** Returns the row of a sequence's first key in its array. */
    int keyRow(int sequence) {
        return areSeparate() ? 0 : spans.keys()[sequence];
    }

    /** The relative rows of a sequence, or null. */
    RelativeRows relative(int sequence) {
        return relative == null ? null : relative[relative.length == 1 ? 0 : sequence];
    }
}
