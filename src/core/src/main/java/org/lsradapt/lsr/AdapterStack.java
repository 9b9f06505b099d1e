package org.lsradapt.lsr;

import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The adapters of one kind and shape in a set, stacked, so that one call performs a step for all of them. Called by the
 * {@link AdapterSet}, which lets one thread in at a time and closes it.
 */
public interface AdapterStack extends AutoCloseable {

    /**
     * Makes the adapter at a place in the stack.
     *
     * @param index its place, from 0
     * @param config its settings, of the kind and shape that the stack is for
     * @return the adapter, on the stack's memory
     */
    LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config);

    /** Builds the matrices that the passes multiply by from the parameters, for all adapters. */
    void materialize();

    /**
     * Turns the gradients that the passes collected into the parameters' gradients, which it overwrites, for all
     * adapters. The sum over the lanes is in {@link StackMemory#denseGradients}.
     */
    void collectGradients();

    /** Frees the memory that the stack allocated in addition to the set's. */
    @Override
    void close();
}
