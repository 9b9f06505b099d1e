package org.lsradapt.transformer.internal;

/**
 * A bias that is added to scaled scores by the distance δ = position of the query − position of the key.
 *
 * @param numbers for each query head one number per distance, at {@code centre + δ}; kept, not copied
 * @param centre the index of distance 0; at least the longest sequence's length minus one
 */
@SuppressWarnings("ArrayRecordComponent")
public record ScoreBias(double[][] numbers, int centre) {}
