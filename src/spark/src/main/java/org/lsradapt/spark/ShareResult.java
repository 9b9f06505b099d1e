package org.lsradapt.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/** What comes of a {@link Share}: its part of the mean loss and of the gradients of the trainable blocks. */
final class ShareResult implements Serializable {
    private static final long serialVersionUID = 1L;

    final double loss;
    final float[][] gradients;

    ShareResult(double loss, float[][] gradients) {
        this.loss = loss;
        this.gradients = gradients;
    }

    /** The sum of results that were sent, in their order, in double and rounded once. */
    static ShareResult sum(List<byte[]> sent) {
        double loss = 0;
        double[][] sum = {};
        for (byte[] bytes : sent) {
            ShareResult result = Wire.value(bytes, ShareResult.class);
            loss += result.loss;
            if (sum.length == 0) {
                sum = Arrays.stream(result.gradients)
                        .map(block -> new double[block.length])
                        .toArray(double[][]::new);
            }
            for (int block = 0; block < sum.length; block++) {
                for (int i = 0; i < sum[block].length; i++) {
                    sum[block][i] += result.gradients[block][i];
                }
            }
        }
        return new ShareResult(loss, Arrays.stream(sum).map(Blocks::rounded).toArray(float[][]::new));
    }
}
