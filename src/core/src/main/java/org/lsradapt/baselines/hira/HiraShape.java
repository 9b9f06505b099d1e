package org.lsradapt.baselines.hira;

import java.util.List;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.weights.FrozenLinear;

/** The properties that stacked adapters share. */
record HiraShape(StackShape update, int in, int out) implements StackShape {

    @Override
    public long parameters(int count) {
        return update.parameters(count);
    }

    /** The number of elements of the gradients of U and of ΔW. */
    @Override
    public long dense(FrozenLinear layer) {
        return update.dense(layer) + (long) in * out;
    }

    @Override
    public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
        return new HiraStack(this, layers, memory);
    }
}
