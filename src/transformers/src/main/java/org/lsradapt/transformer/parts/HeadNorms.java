package org.lsradapt.transformer.parts;

/**
 * Normalizations of each head of queries and keys, whose weights all heads share.
 *
 * @param query of d numbers
 * @param key of d numbers
 */
public record HeadNorms(Norm query, Norm key) {

    /** Checks the kinds. */
    public HeadNorms {
        Sizes.require(
                query.kind() != Norm.Kind.LAYER && key.kind() != Norm.Kind.LAYER,
                "heads are normalized by their mean square alone, found " + query.kind() + " and " + key.kind());
    }
}
