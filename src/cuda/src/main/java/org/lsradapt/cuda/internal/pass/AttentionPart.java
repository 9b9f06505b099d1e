package org.lsradapt.cuda.internal.pass;

/** The attention part of a block in a pass. */
interface AttentionPart {

    /**
     * Computes the part's output, with its bias.
     *
     * @param batch the tokens
     * @param counted the rows that dropout counts in queries and in later layers
     * @param x address of [tokens, width]
     * @param y address of [tokens, width], overwritten
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y);

    /**
     * Collects the gradients of the adapters, and computes that of x.
     *
     * @param x as in the forward pass
     * @param gy address of the gradient of y; not read once gx is written
     * @param beta factor of the former gx
     * @param gx address of the gradient of x; may be gy; 0 to leave it out
     */
    void backward(DeviceBatch batch, long x, long gy, double beta, long gx);
}
