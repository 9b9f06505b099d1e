package org.lsradapt.cuda.internal.pass;

/** Runs the adapters of one layer in a pass, y ← y + c·x·A·B. */
interface AdapterRun {
    AdapterRun NONE = new AdapterRun() {
        @Override
        public void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y) {}

        @Override
        public void forwardShared(int rows, long x, Engine.Matrix y) {}
    };

    default boolean isAdapted() {
        return false;
    }

    /**
     * Adds the update to the layer's product.
     *
     * @param batch the tokens
     * @param counted the rows, and which of them dropout counts
     * @param x address of the layer's input [rows, in]
     * @param y the layer's product
     */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, long x, Engine.Matrix y);

    /** Adds the update to the product of rows that belong to the model instead of a sequence, without dropout. */
    void forwardShared(int rows, long x, Engine.Matrix y);

    /**
     * Collects the gradients of A and B, and adds to that of x.
     *
     * @param rows the number of rows
     * @param x as in {@link #forward}
     * @param gy the gradient of y
     * @param gx address of the gradient of x, added to; 0 to leave it out
     */
    default void backward(int rows, long x, Engine.Matrix gy, long gx) {}
}
