package org.lsradapt.lsr.planning;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * A linear layer to plan for.
 *
 * @param in input width, at least 1
 * @param out output width, at least 1
 */
public record LayerShape(String name, int in, int out) {

    /** Checks the widths. */
    public LayerShape {
        Require.argument(in >= 1 && out >= 1, "layer %s: %d×%d, expected an input and an output", name, in, out);
    }

    /** The shape of a frozen layer. */
    public static LayerShape of(FrozenLinear layer) {
        return new LayerShape(layer.name(), layer.inFeatures(), layer.outFeatures());
    }

    /** in + out: the parameters of each rank of a plain A·B, and its multiply-adds per token. */
    public long perimeter() {
        return (long) in + out;
    }

    /** in·out: the frozen product's multiply-adds per token. */
    public long area() {
        return (long) in * out;
    }
}
