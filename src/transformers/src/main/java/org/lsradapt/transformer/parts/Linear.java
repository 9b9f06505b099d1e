package org.lsradapt.transformer.parts;

/**
 * A linear layer, y = x·W + b.
 *
 * @param name its full name; the tensors are {@code name.weight} and {@code name.bias}
 * @param in input width
 * @param out output width
 * @param bias whether there is a b
 */
public record Linear(String name, int in, int out, boolean bias) {

    /** Checks that the widths are positive. */
    public Linear {
        Sizes.requirePositive("input width of " + name, in);
        Sizes.requirePositive("output width of " + name, out);
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
