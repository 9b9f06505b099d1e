package org.lsradapt.lsr;

import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Frozen weights as arrays, however they are stored. */
public final class Weights {

    private Weights() {}

    /** A copy of a layer's W [in, out], in its type. */
    public static INDArray copy(FrozenLinear layer) {
        INDArray copy = Nd4j.createUninitialized(
                layer.weight().dataType(), new long[] {layer.inFeatures(), layer.outFeatures()}, 'c');
        layer.weight().copyTo(copy);
        return copy;
    }
}
