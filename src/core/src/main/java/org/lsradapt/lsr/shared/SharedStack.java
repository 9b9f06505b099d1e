package org.lsradapt.lsr.shared;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;

/** The adapters that share factors. */
final class SharedStack implements AdapterStack {
    private final StackMemory memory;
    private final List<SharedSum> sums = new ArrayList<>();

    SharedStack(SharedShape shape, int count, StackMemory memory) {
        this.memory = memory;
        long from = memory.denseFrom();
        for (SharedShape.Sum sum : shape.sums()) {
            sums.add(new SharedSum(sum, shape.config().separationRank(), count, memory, from));
            from += count * sum.elements();
        }
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        return new SharedAdapter(layer, (SharedConfig) config, sums, index, memory);
    }

    @Override
    public void materialize() {
        sums.forEach(SharedSum::materialize);
    }

    @Override
    public void collectGradients() {
        sums.forEach(SharedSum::collectGradients);
    }

    @Override
    public void close() {
        sums.forEach(SharedSum::close);
    }
}
