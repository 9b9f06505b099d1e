package org.lsradapt.lsr;

/**
 * The properties that stacked adapters of one kind share. Immutable, with {@code equals}: adapters of equal shapes get one
 * {@link AdapterStack}.
 */
public interface StackShape {

    /**
     * Parameters of a stack.
     *
     * @param count how many adapters; what they share counts once
     */
    long parameters(int count);

    /** Elements that a backward pass collects for one adapter in {@link DenseGradients}. */
    long dense();

    /**
     * Makes the adapters' stack.
     *
     * @param count how many adapters, at least 1
     * @param memory where their parameters lie, {@link #parameters} in all, and {@code count} times {@link #dense()}
     * @return the stack, with its parameters still 0 and all taken from the memory; the adapter set closes it
     */
    AdapterStack stack(int count, StackMemory memory);
}
