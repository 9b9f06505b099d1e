package org.lsradapt.lsr;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.buffer.DataType;

/** The adapters of one shape in a set: their A's lie stacked, and their B's, so that all materialize in one call. */
final class AdapterGroup {

    /**
     * What adapters must share to be stacked; α, start and seed may differ.
     *
     * @param type type of the weight
     * @param in factor sizes of the input width
     * @param rank factor sizes of r
     * @param out factor sizes of the output width
     * @param separationRank s
     * @param termWeights whether there are λ
     */
    record Shape(
            DataType type,
            List<Integer> in,
            List<Integer> rank,
            List<Integer> out,
            int separationRank,
            boolean termWeights) {

        static Shape of(FrozenLinear layer, LsrConfig config) {
            try {
                return new Shape(
                        layer.weight().dataType(),
                        config.inFactors(layer.inFeatures()),
                        config.resolvedRankFactors(),
                        config.outFactors(layer.outFeatures()),
                        config.separationRank(),
                        config.termWeights());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("layer " + layer.name() + ": " + e.getMessage(), e);
            }
        }

        /** Trainable numbers of n adapters. */
        long parameters(int n) {
            return n * (StackedSums.parameters(this, in, rank) + StackedSums.parameters(this, rank, out));
        }

        /** Numbers in the dense A's of n adapters. */
        long denseA(int n) {
            return n * product(in) * product(rank);
        }

        /** Numbers in the dense A's and B's of n adapters. */
        long dense(int n) {
            return denseA(n) + n * product(rank) * product(out);
        }

        private static long product(List<Integer> sizes) {
            return sizes.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
        }
    }

    final StackedSums a;
    final StackedSums b;

    /**
     * Makes a group.
     *
     * @param denseFrom where in the dense gradients the group's part begins
     */
    AdapterGroup(Shape shape, int n, ParameterStorage storage, DenseGradients gradients, long denseFrom) {
        a = StackedSums.allocate(n, shape, shape.in(), shape.rank(), storage, gradients, denseFrom);
        b = StackedSums.allocate(
                n, shape, shape.rank(), shape.out(), storage, gradients, denseFrom + shape.denseA(n));
    }

    void materialize(Backend backend) {
        a.materialize(backend);
        b.materialize(backend);
    }

    void collectGradients(Backend backend) {
        a.collectGradients(backend);
        b.collectGradients(backend);
    }

    void close() {
        a.close();
        b.close();
    }
}
