package org.lsradapt.lsr;

import java.util.List;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The properties that stacked adapters of one kind share. Immutable, with {@code equals}: adapters of equal shapes get one
 * {@link AdapterStack}.
 */
public interface StackShape {

    /** The number of parameters of a stack of {@code count} adapters; parameters that they share count once. */
    long parameters(int count);

    /** The number of elements that a backward pass collects for a layer's adapter in {@link DenseGradients}. */
    long dense(FrozenLinear layer);

    /**
     * Makes the adapters' stack.
     *
     * @param layers the layers to adapt, at least one, in the order of {@link AdapterStack#adapter}
     * @param memory takes their parameters, {@link #parameters} in all, and {@link #dense} gradients of each layer
     * @return the stack, which has taken all its parameters, still 0; the adapter set closes it
     */
    AdapterStack stack(List<FrozenLinear> layers, StackMemory memory);
}
