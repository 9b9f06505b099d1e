package org.lsradapt.baselines.mixed;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The adapters of one {@link MixedShape}. The lanes' gradients hold those of the terms first, then those of ΔW, which
 * are turned into gradients of the terms before the terms' own stacks collect.
 */
final class MixedStack implements AdapterStack {
    private final MixedShape shape;
    private final StackMemory memory;
    private final List<AdapterStack> terms = new ArrayList<>();
    private final List<MixedAdapter> adapters = new ArrayList<>();
    /** ΔW of each adapter [n, in, out]. */
    private final INDArray deltas;
    /** One term, used for one adapter after the other. */
    private final INDArray term;

    private final long deltaFrom;

    MixedStack(MixedShape shape, List<FrozenLinear> layers, StackMemory memory) {
        this.shape = shape;
        this.memory = memory;
        long from = memory.denseFrom();
        for (StackShape one : shape.terms()) {
            terms.add(one.stack(layers, memory.at(from)));
            from += layers.size() * one.dense(layers.get(0));
        }
        deltaFrom = from;
        deltas = Nd4j.zeros(memory.dataType(), layers.size(), shape.in(), shape.out());
        term = Nd4j.zeros(memory.dataType(), shape.in(), shape.out());
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        MixedConfig mixed = (MixedConfig) config;
        List<KroneckerConfig> configs = mixed.terms();
        List<LayerAdapter> parts = new ArrayList<>();
        for (int k = 0; k < configs.size(); k++) {
            parts.add(terms.get(k).adapter(index, layer, configs.get(k)));
        }
        long length = (long) shape.in() * shape.out();
        INDArray delta = Views.piece(deltas, index * length, shape.in(), shape.out());
        MixedAdapter.Matrices matrices = new MixedAdapter.Matrices(delta, term, deltaFrom + index * length);
        MixedAdapter adapter = new MixedAdapter(layer, mixed, parts, matrices, memory);
        adapters.add(adapter);
        return adapter;
    }

    @Override
    public void materialize() {
        terms.forEach(AdapterStack::materialize);
        adapters.forEach(MixedAdapter::writeDelta);
    }

    @Override
    public void collectGradients() {
        adapters.forEach(MixedAdapter::collect);
        terms.forEach(AdapterStack::collectGradients);
    }

    @Override
    public void close() {
        terms.forEach(AdapterStack::close);
        deltas.close();
        term.close();
    }
}
