package org.lsradapt.lsr;

import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trainable array and the array that collects its gradient. Both are views of their owner's storage, of one shape and
 * type, valid until the owner is closed. For the thread that uses the owner.
 *
 * @param name unique within its owner, such as {@code encoder.layer.0.attention.self.query.lsr_A1}
 * @param value the trainable elements; an optimizer writes them in place
 * @param gradient the gradient of the loss, filled by a backward pass
 */
public record Parameter(String name, INDArray value, INDArray gradient) {

    /** Checks that value and gradient have one shape. */
    public Parameter {
        Require.shape("parameter " + name, "gradient", gradient, "the value's shape", value.shape());
    }

    /** The number of trainable parameters. */
    public long count() {
        return value.length();
    }
}
