package org.lsradapt.transformer.parts;

/**
 * Where files have a linear layer: as some of the outputs of a larger one, which several layers of the model share.
 *
 * @param layer the larger layer's full name; the tensors are {@code layer.weight} and {@code layer.bias}
 * @param from which of its outputs is the first of this layer
 * @param out how many outputs it has
 */
public record Fused(String layer, int from, int out) {

    /** Checks the range. */
    public Fused {
        Sizes.require(from >= 0 && from < out, "a part of " + layer + " begins at " + from + " of " + out + " outputs");
    }
}
