package org.lsradapt.lsr;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A use of a layer whose update is a {@link LayerAdapter.Product}. */
interface ProductUse extends LayerUpdate {

    /**
     * Overwrites the gradients of the product's matrices with those of a loss with the gradient ∂L/∂ΔW.
     *
     * @param gradDelta ∂L/∂ΔW [in, out], of the layer's type, 'c' ordered; not modified
     */
    void writeGradients(INDArray gradDelta);
}
