package org.lsradapt.baselines.hira;

import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;

/** The properties that stacked adapters share. */
record HiraShape(StackShape update, int in, int out) implements StackShape {

    @Override
    public long parameters(int count) {
        return update.parameters(count);
    }

    /** The number of elements of the gradients of U and of ΔW. */
    @Override
    public long dense() {
        return update.dense() + (long) in * out;
    }

    @Override
    public AdapterStack stack(int count, StackMemory memory) {
        return new HiraStack(this, count, memory);
    }
}
