package org.lsradapt.transformer.parts;

/**
 * The place of a linear layer in files that store it as some of the outputs of a larger layer, which several layers of
 * the model share.
 *
 * @param layer the larger layer's full name
 * @param joint the text between that name and {@code weight} or {@code bias} in tensor names, usually a dot
 * @param from the first of its outputs that belongs to this layer
 * @param out number of outputs of the larger layer
 */
public record Fused(String layer, String joint, int from, int out) {

    /** Creates a place in a layer whose tensors are {@code layer.weight} and {@code layer.bias}. */
    public Fused(String layer, int from, int out) {
        this(layer, ".", from, out);
    }

    /** Checks the range. */
    public Fused {
        Sizes.require(from >= 0 && from < out, "a part of " + layer + " begins at " + from + " of " + out + " outputs");
    }
}
