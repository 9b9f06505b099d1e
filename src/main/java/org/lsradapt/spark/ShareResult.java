package org.lsradapt.spark;

import java.io.Serializable;

/** What comes of a {@link Share}: its part of the mean loss and of the gradients of the trainable blocks. */
final class ShareResult implements Serializable {
    private static final long serialVersionUID = 1L;

    final double loss;
    final float[][] gradients;

    ShareResult(double loss, float[][] gradients) {
        this.loss = loss;
        this.gradients = gradients;
    }
}
