package org.lsradapt.cuda.internal.pass;

/** Runs the adapters of one layer in a pass, y ← y + c·x·A·B. */
interface AdapterRun {
    AdapterRun NONE = new AdapterRun() {
        @Override
        public void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, Engine.Matrix y) {}

        @Override
        public void forwardShared(int rows, Engine.Factor x, Engine.Matrix y) {}
    };

    default boolean isAdapted() {
        return false;
    }

    /** Adds the update to y, the layer's product, from its input x [rows, in]; dropout counts some rows. */
    void forward(DeviceBatch batch, DeviceBatch.Counted counted, Engine.Factor x, Engine.Matrix y);

    /** Adds the update to the product of rows that belong to the model instead of a sequence, without dropout. */
    void forwardShared(int rows, Engine.Factor x, Engine.Matrix y);

    /** Collects the gradients of A and B from that of y in the products' type, and adds that of x to gx unless it is 0. */
    default void backward(int rows, Engine.Factor x, Engine.Matrix gy, long gx) {}
}
