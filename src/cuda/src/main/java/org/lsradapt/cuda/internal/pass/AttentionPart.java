package org.lsradapt.cuda.internal.pass;

/** The attention part of a block in a pass. */
interface AttentionPart {

    /**
     * The part's output, with its bias.
     *
     * @param batch the tokens
     * @param counted which rows dropout of queries and what follows counts
     * @param x address of [tokens, width]
     * @param y address of [tokens, width], overwritten
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, long y);

    /**
     * Collects the gradients of the adapters, and gives that of x.
     *
     * @param x as in the forward pass
     * @param gy address of the gradient of y; not read once gx is written
     * @param beta factor of gx before
     * @param gx address of the gradient of x; may be gy; 0 to leave it out
     */
    void backward(DeviceBatch batch, long x, long gy, double beta, long gx);
}
