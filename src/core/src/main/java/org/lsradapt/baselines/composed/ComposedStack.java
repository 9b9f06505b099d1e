package org.lsradapt.baselines.composed;

import java.util.ArrayList;
import java.util.List;
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
 * The adapters of one {@link Shape}. The lanes' gradients hold those of the parts first, then those of ΔW, which are
 * turned into gradients of the parts before the parts' own stacks collect.
 */
final class ComposedStack implements AdapterStack {
    private final Shape shape;
    private final StackMemory memory;
    private final List<AdapterStack> parts = new ArrayList<>();
    private final List<ComposedAdapter> adapters = new ArrayList<>();
    /** ΔW of each adapter [n, in, out]. */
    private final INDArray deltas;
    /** [in, out], used for one adapter after the other. */
    private final INDArray scratch;

    private final long deltaFrom;

    /** The properties that stacked adapters share. */
    record Shape(String kind, List<StackShape> parts, int in, int out) implements StackShape {

        static Shape of(AdapterConfig config, FrozenLinear layer) {
            return new Shape(
                    config.kind(),
                    partsOf(config).stream().map(part -> part.shape(layer)).toList(),
                    layer.inFeatures(),
                    layer.outFeatures());
        }

        @Override
        public long parameters(int count) {
            return parts.stream().mapToLong(part -> part.parameters(count)).sum();
        }

        /** The number of elements of the gradients of the parts and of ΔW. */
        @Override
        public long dense(FrozenLinear layer) {
            return parts.stream().mapToLong(part -> part.dense(layer)).sum() + (long) in * out;
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new ComposedStack(this, layers, memory);
        }
    }

    private ComposedStack(Shape shape, List<FrozenLinear> layers, StackMemory memory) {
        this.shape = shape;
        this.memory = memory;
        long from = memory.denseFrom();
        for (StackShape part : shape.parts()) {
            parts.add(part.stack(layers, memory.at(from)));
            from += layers.size() * part.dense(layers.get(0));
        }
        deltaFrom = from;
        deltas = Nd4j.zeros(memory.dataType(), layers.size(), shape.in(), shape.out());
        scratch = Nd4j.zeros(memory.dataType(), shape.in(), shape.out());
    }

    private static List<? extends AdapterConfig> partsOf(AdapterConfig config) {
        return config instanceof HiraConfig hira ? List.of(hira.update()) : ((MixedConfig) config).terms();
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        List<LayerAdapter> own = new ArrayList<>();
        for (AdapterConfig part : partsOf(config)) {
            own.add(parts.get(own.size()).adapter(index, layer, part));
        }
        long length = (long) shape.in() * shape.out();
        INDArray delta = Views.piece(deltas, index * length, shape.in(), shape.out());
        ComposedAdapter.Parts made = new ComposedAdapter.Parts(own, delta, scratch, deltaFrom + index * length);
        ComposedAdapter adapter = config instanceof HiraConfig hira
                ? new HiraAdapter(layer, hira, made, memory)
                : new MixedAdapter(layer, (MixedConfig) config, made, memory);
        adapters.add(adapter);
        return adapter;
    }

    @Override
    public void materialize() {
        parts.forEach(AdapterStack::materialize);
        adapters.forEach(ComposedAdapter::writeDelta);
    }

    @Override
    public void collectGradients() {
        adapters.forEach(ComposedAdapter::collect);
        parts.forEach(AdapterStack::collectGradients);
    }

    @Override
    public void close() {
        parts.forEach(AdapterStack::close);
        deltas.close();
        scratch.close();
    }
}
