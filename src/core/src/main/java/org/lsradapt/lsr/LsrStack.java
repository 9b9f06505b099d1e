package org.lsradapt.lsr;

import java.util.List;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;

/** The LSR adapters of one shape in a set. All A lie stacked, and all B, to be materialized in one call. */
final class LsrStack implements AdapterStack {

    /** The properties that stacked adapters share: factor sizes, s, and whether there are λ. */
    record Shape(
            DataType type,
            List<Integer> in,
            List<Integer> rank,
            List<Integer> out,
            int separationRank,
            boolean termWeights)
            implements StackShape {

        static Shape of(FrozenLinear layer, LsrConfig config) {
            FactorSizes.requireRank(config.bottleneckRank(), layer.inFeatures(), layer.outFeatures());
            return new Shape(
                    layer.weight().dataType(),
                    config.inFactors(layer.inFeatures()),
                    config.resolvedRankFactors(),
                    config.outFactors(layer.outFeatures()),
                    config.separationRank(),
                    config.termWeights());
        }

        @Override
        public long parameters(int count) {
            return count * (StackedSums.parameters(this, in, rank) + StackedSums.parameters(this, rank, out));
        }

        /** Elements of the dense A of one adapter. */
        private long denseA() {
            return product(in) * product(rank);
        }

        @Override
        public long dense(FrozenLinear layer) {
            return denseA() + product(rank) * product(out);
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new LsrStack(this, layers.size(), memory);
        }

        private static long product(List<Integer> sizes) {
            return sizes.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }
    }

    private final StackMemory memory;
    private final StackedSums a;
    private final StackedSums b;

    private LsrStack(Shape shape, int count, StackMemory memory) {
        this.memory = memory;
        a = StackedSums.allocate(count, shape, shape.in(), shape.rank(), memory, memory.denseFrom());
        b = StackedSums.allocate(
                count, shape, shape.rank(), shape.out(), memory, memory.denseFrom() + count * shape.denseA());
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        return new LsrAdapter(layer, (LsrConfig) config, a.slice(index), b.slice(index), memory);
    }

    @Override
    public void materialize() {
        a.materialize(memory.backend());
        b.materialize(memory.backend());
    }

    @Override
    public void collectGradients() {
        a.collectGradients(memory.backend());
        b.collectGradients(memory.backend());
    }

    @Override
    public void close() {
        a.close();
        b.close();
    }
}
