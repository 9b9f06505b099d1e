package org.lsradapt.transformer.internal;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Projected relative embeddings of disentangled attention, or their gradients: row {@code centre + δ} belongs to the
 * distance δ = position of the query − position of the key.
 *
 * @param keys [2·centre + 1, hidden], for content to position; null without that term
 * @param queries [2·centre + 1, hidden], for position to content; null without that term
 * @param centre the row of distance 0; at least the longest sequence's length minus one
 */
public record RelativeRows(INDArray keys, INDArray queries, int centre) {}
