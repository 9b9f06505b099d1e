package org.lsradapt.lsr;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter as a part of another kind's: its update as a matrix that the other kind makes something of, and the way back
 * from that matrix's gradient to the parameters. For the stacks of such kinds, which the set lets in one thread at a time.
 */
public final class AdapterPart {
    private final LayerAdapter adapter;

    /**
     * A part.
     *
     * @param adapter of a stack that the other kind's stack has; kept
     */
    public AdapterPart(LayerAdapter adapter) {
        this.adapter = adapter;
    }

    /** As {@link LayerAdapter#initialize}. */
    public void initialize(long seed) {
        adapter.initialize(seed);
    }

    /** As {@link LayerAdapter#materialize}. */
    public void materialize() {
        adapter.materializeOne();
    }

    /**
     * Writes the update, as last materialized.
     *
     * @param out [in, out], of the layer's type, 'c' ordered; overwritten
     */
    public void write(INDArray out) {
        adapter.addDelta(0, out);
    }

    /**
     * As {@link LayerAdapter#writeDenseGradients}.
     *
     * @param gradDelta the gradient of what {@link #write} writes
     */
    public void collect(INDArray gradDelta) {
        adapter.writeDenseGradients(gradDelta);
    }
}
