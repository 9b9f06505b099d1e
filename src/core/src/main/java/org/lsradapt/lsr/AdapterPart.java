package org.lsradapt.lsr;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter that another kind builds on: the other kind transforms its update, and this class carries the gradient of
 * that update back to the parameters. For stacks of such kinds, which the set lets in one thread at a time.
 */
public final class AdapterPart {
    private final LayerAdapter adapter;
    private final ProductUse use;

    /** Wraps an adapter from an inner stack of the other kind's stack; kept. */
    public AdapterPart(LayerAdapter adapter) {
        this.adapter = adapter;
        use = adapter.newUse();
    }

    /** Calls {@link LayerAdapter#initialize}. */
    public void initialize(long seed) {
        adapter.initialize(seed);
    }

    /** Materializes the adapter, see {@link LayerAdapter#materialize}. */
    public void materialize() {
        adapter.materializeOne();
    }

    /** Overwrites {@code out} [in, out], of the layer's type and 'c' ordered, with the update as last materialized. */
    public void write(INDArray out) {
        adapter.addDelta(0, out);
    }

    /**
     * Writes to {@link StackMemory#denseGradients} what the passes would have collected there for the gradient of the
     * matrix that {@link #write} writes, as last materialized.
     *
     * @param gradDelta the gradient [in, out], of the layer's type, 'c' ordered; not modified
     */
    public void collect(INDArray gradDelta) {
        use.writeGradients(gradDelta);
    }
}
