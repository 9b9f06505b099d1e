package org.lsradapt.lsr;

/**
 * The properties that stacked adapters of one kind share. Immutable, with {@code equals}: adapters of equal shapes get one
 * {@link AdapterStack}.
 */
public interface StackShape {

    /** The number of parameters of a stack of {@code count} adapters; parameters that they share count once. */
    long parameters(int count);

    /** The number of elements that a backward pass collects for one adapter in {@link DenseGradients}. */
    long dense();

    /**
     * Makes the adapters' stack.
     *
     * @param count the number of adapters, at least 1
     * @param memory takes their parameters, {@link #parameters} in all, and {@code count} times {@link #dense()}
     *     gradients
     * @return the stack, which has taken all its parameters, still 0; the adapter set closes it
     */
    AdapterStack stack(int count, StackMemory memory);
}
