package org.lsradapt.transformer.parts;

/**
 * Normalizations of each head of queries and keys; all heads share the weights.
 *
 * @param query normalization of d numbers
 * @param key normalization of d numbers
 */
public record HeadNorms(Norm query, Norm key) {

    /** Checks the kinds. */
    public HeadNorms {
        Sizes.require(
                isMeanSquare(query) && isMeanSquare(key),
                "heads are normalized by their mean square alone, found " + query.kind() + " and " + key.kind());
    }

    private static boolean isMeanSquare(Norm norm) {
        return norm.kind() == Norm.Kind.RMS || norm.kind() == Norm.Kind.RMS_FROM_ONE;
    }
}
