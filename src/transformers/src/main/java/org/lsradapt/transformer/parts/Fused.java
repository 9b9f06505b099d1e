package org.lsradapt.transformer.parts;

/**
 * Where files have a linear layer: as some of the outputs of a larger one, which several layers of the model share.
 *
 * @param layer the larger layer's full name
 * @param joint what stands between that and {@code weight} or {@code bias} in the names of its tensors, usually a dot
 * @param from which of its outputs is the first of this layer
 * @param out how many outputs it has
 */
public record Fused(String layer, String joint, int from, int out) {

    /** Of a layer whose tensors are {@code layer.weight} and {@code layer.bias}. */
    public Fused(String layer, int from, int out) {
        this(layer, ".", from, out);
    }

    /** Checks the range. */
    public Fused {
        Sizes.require(from >= 0 && from < out, "a part of " + layer + " begins at " + from + " of " + out + " outputs");
    }
}
