package org.lsradapt.lsr;

/**
 * Adapters of one kind and shape in a set, stacked, so that one call does for all of them what a step needs. Called by
 * the {@link AdapterSet}, which lets one thread in at a time and closes it.
 */
public interface AdapterStack extends AutoCloseable {

    /**
     * Makes the adapter of a place in the stack.
     *
     * @param index its place, from 0
     * @param layer the layer that it adapts
     * @param config its settings, of the kind and shape that the stack is for
     * @return the adapter, on the stack's memory
     */
    LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config);

    /** Builds what the passes multiply by from the parameters, for all adapters. */
    void materialize();

    /**
     * Turns what the passes collected into the parameters' gradients, which it overwrites, for all adapters. The sum
     * over the lanes is in {@link StackMemory#denseGradients}.
     */
    void collectGradients();

    /** Frees what the stack took beside the set's memory. */
    @Override
    void close();
}
