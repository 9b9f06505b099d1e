package org.lsradapt.baselines.hira;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The adapters of one {@link HiraShape}. The lanes' gradients hold those of U first, then those of ΔW, which are turned
 * into gradients of U before U's own stack collects.
 */
final class HiraStack implements AdapterStack {
    private final HiraShape shape;
    private final StackMemory memory;
    private final AdapterStack updates;
    private final List<HiraAdapter> adapters = new ArrayList<>();
    /** ΔW of each adapter [n, in, out]. */
    private final INDArray deltas;
    /** ∂L/∂U, used for one adapter after the other. */
    private final INDArray gradUpdate;

    private final long deltaFrom;

    HiraStack(HiraShape shape, List<FrozenLinear> layers, StackMemory memory) {
        this.shape = shape;
        this.memory = memory;
        updates = shape.update().stack(layers, memory);
        deltas = Nd4j.zeros(memory.dataType(), layers.size(), shape.in(), shape.out());
        gradUpdate = Nd4j.zeros(memory.dataType(), shape.in(), shape.out());
        deltaFrom = memory.denseFrom() + layers.size() * shape.update().dense(layers.get(0));
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        HiraConfig hira = (HiraConfig) config;
        LayerAdapter update = updates.adapter(index, layer, hira.update());
        long length = (long) shape.in() * shape.out();
        INDArray delta = Views.piece(deltas, index * length, shape.in(), shape.out());
        HiraAdapter adapter = new HiraAdapter(layer, hira, update, delta, deltaFrom + index * length, memory);
        adapters.add(adapter);
        return adapter;
    }

    @Override
    public void materialize() {
        updates.materialize();
        adapters.forEach(HiraAdapter::writeDelta);
    }

    @Override
    public void collectGradients() {
        adapters.forEach(adapter -> adapter.collect(gradUpdate));
        updates.collectGradients();
    }

    @Override
    public void close() {
        updates.close();
        deltas.close();
        gradUpdate.close();
    }
}
