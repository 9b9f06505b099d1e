package org.lsradapt.cuda.internal.pass;

/** The adapters of one layer in a pass, y ← y + c·x·A·B. */
interface AdapterRun {
    /** Of a layer without adapters. */
    AdapterRun NONE = new AdapterRun() {
        @Override
        public void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y) {}

        @Override
        public void forwardShared(int rows, long x, Engine.Matrix y) {}
    };

    /** Whether it trains. */
    default boolean isAdapted() {
        return false;
    }

    /**
     * Adds to the layer's product.
     *
     * @param batch the tokens
     * @param counted which rows there are, and which of them dropout counts
     * @param x address of the layer's input [rows, in]
     * @param y the product
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y);

    /** Adds to the layer's product of rows that belong to the model and not to sequences, which are not dropped. */
    void forwardShared(int rows, long x, Engine.Matrix y);

    /**
     * Collects the gradients of A and B, and adds that of x.
     *
     * @param rows how many
     * @param x as in {@link #forward}
     * @param gy the gradient of y
     * @param gx address of the gradient of x, added to; 0 to leave it out
     */
    default void backward(int rows, long x, Engine.Matrix gy, long gx) {}
}
