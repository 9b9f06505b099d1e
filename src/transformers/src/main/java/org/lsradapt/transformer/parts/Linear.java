package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * A linear layer, y = x·W + b.
 *
 * @param name its full name; the tensors are {@code name.weight} and {@code name.bias}
 * @param in input width
 * @param out output width
 * @param bias whether there is a b
 * @param fused the place in a larger layer in files; empty if files store the layer by itself
 */
public record Linear(String name, int in, int out, boolean bias, Optional<Fused> fused) {

    /** Checks that the widths are positive. */
    public Linear {
        Sizes.requirePositive("input width of " + name, in);
        Sizes.requirePositive("output width of " + name, out);
        int width = out;
        Sizes.require(
                fused.stream().allMatch(whole -> whole.from() + width <= whole.out()),
                name + " has " + out + " outputs, more than are left of "
                        + fused.map(Fused::layer).orElse(""));
    }

    /** Creates a layer that files store by itself. */
    public Linear(String name, int in, int out, boolean bias) {
        this(name, in, out, bias, Optional.empty());
    }

    /** Returns this layer as stored in files that have its outputs from {@code from} on in a larger layer. */
    public Linear within(String layer, int from, int outputs) {
        return new Linear(name, in, out, bias, Optional.of(new Fused(layer, from, outputs)));
    }

    /**
     * Returns this layer as in {@link #within(String, int, int)}, with a text other than a dot before the names of the
     * larger layer's tensors.
     */
    public Linear within(String layer, String joint, int from, int outputs) {
        return new Linear(name, in, out, bias, Optional.of(new Fused(layer, joint, from, outputs)));
    }

    /** The name of W, [in, out]. */
    public String weight() {
        return name + ".weight";
    }

    /** The name of b, [out]. */
    public String biasName() {
        return name + ".bias";
    }
}
