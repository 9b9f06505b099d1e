package org.lsradapt.lsr.weights;

import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A linear layer that is adapted and never written: y = x·W + b. Threads may share it, except while an
 * in-place merge is opened or closed. Weight and bias still belong to their owner.
 *
 * @param name the layer's full name, such as {@code encoder.layer.0.attention.self.query}
 * @param weight W [in, out], however it is stored; kept by reference
 * @param bias b [out], of the weight's type; kept by reference
 */
public record FrozenLinear(String name, FrozenWeight weight, Optional<INDArray> bias) {

    /** Checks that the weight multiplies FLOAT or DOUBLE, and that the bias fits it. */
    public FrozenLinear {
        Require.realType("layer " + name, "weight", weight.dataType());
        if (bias.isPresent()) {
            Require.shape("layer " + name, "bias", bias.get(), "the weight's output width", weight.outFeatures());
            Require.type("layer " + name, "bias", bias.get(), weight.dataType(), "the weight");
        }
    }

    /**
     * A layer without a bias, whose weight is an array.
     *
     * @param name the layer's full name
     * @param weight W [in, out], FLOAT or DOUBLE; kept by reference; may be a view
     * @throws IllegalArgumentException if the weight has another shape or type
     */
    public static FrozenLinear of(String name, INDArray weight) {
        return new FrozenLinear(name, dense(name, weight), Optional.empty());
    }

    /**
     * A layer whose weight is an array.
     *
     * @param name the layer's full name
     * @param weight W [in, out], FLOAT or DOUBLE; kept by reference; may be a view
     * @param bias b [out], of the weight's type; kept by reference
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public static FrozenLinear of(String name, INDArray weight, INDArray bias) {
        return new FrozenLinear(name, dense(name, weight), Optional.of(bias));
    }

    private static FrozenWeight dense(String name, INDArray weight) {
        Require.realType("layer " + name, "weight", weight);
        Require.shape("layer " + name, "weight", weight, "[in, out]", -1, -1);
        return new DenseWeight(weight);
    }

    /** The input width, in. */
    public int inFeatures() {
        return weight.inFeatures();
    }

    /** The output width, out. */
    public int outFeatures() {
        return weight.outFeatures();
    }

    /** y ← x·W + b, for x [tokens, in], not modified, and y [tokens, out], overwritten, 'c' ordered or a block of columns. */
    public void apply(Backend backend, INDArray x, INDArray y) {
        if (bias.isPresent()) {
            weight.multiplyAndAdd(backend, x, bias.get(), y);
        } else {
            weight.multiply(backend, x, 0, y);
        }
    }

    /**
     * A range of outputs as a layer.
     *
     * @param part the new layer's full name
     * @param from first column of W
     * @param to index after the last column
     * @return a layer that shares this one's memory
     * @throws IllegalArgumentException if {@code 0 <= from < to <= out} does not hold
     */
    public FrozenLinear columns(String part, long from, long to) {
        return new FrozenLinear(part, weight.columns(from, to), bias.map(b -> Views.piece(b, from, to - from)));
    }
}
