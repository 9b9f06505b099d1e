package org.lsradapt.lsr;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear layer that is adapted and never written: y = x·W + b. Threads may share it, but for the time in which an
 * {@link InPlaceMerge} is opened or closed. The arrays stay their owner's.
 *
 * @param name the layer's full name, such as {@code encoder.layer.0.attention.self.query}
 * @param weight W [in, out], FLOAT or DOUBLE; kept by reference; may be a view
 * @param bias b [out], or null; kept by reference
 */
public record FrozenLinear(String name, INDArray weight, INDArray bias) {

    /** Checks shapes and types. */
    public FrozenLinear {
        Require.realType("layer " + name, "weight", weight);
        Require.shape("layer " + name, "weight", weight, "[in, out]", -1, -1);
        if (bias != null) {
            Require.shape("layer " + name, "bias", bias, "the weight's output width", weight.size(1));
            Require.type("layer " + name, "bias", bias, weight.dataType(), "the weight");
        }
    }

    /** in, the input width. */
    public int inFeatures() {
        return (int) weight.size(0);
    }

    /** out, the output width. */
    public int outFeatures() {
        return (int) weight.size(1);
    }
}
