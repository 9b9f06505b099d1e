package org.lsradapt.baselines.mixed;

import java.util.List;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.weights.FrozenLinear;

/** The properties that adapters must share to be stacked. */
record MixedShape(List<StackShape> terms, int in, int out) implements StackShape {

    @Override
    public long parameters(int count) {
        return terms.stream().mapToLong(term -> term.parameters(count)).sum();
    }

    /** The number of elements of the gradients of the terms and of ΔW. */
    @Override
    public long dense(FrozenLinear layer) {
        return terms.stream().mapToLong(term -> term.dense(layer)).sum() + (long) in * out;
    }

    @Override
    public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
        return new MixedStack(this, layers, memory);
    }
}
