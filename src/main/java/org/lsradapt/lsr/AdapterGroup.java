package org.lsradapt.lsr;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.nd4j.linalg.api.buffer.DataType;

/** The adapters of one shape in a set: their A's lie stacked, and their B's, so that all materialize in one call. */
final class AdapterGroup {

    /** Shape and type that adapters must share to be stacked. */
    record Shape(int in, int out, DataType type) {
        static Shape of(FrozenLinear layer) {
            return new Shape(layer.inFeatures(), layer.outFeatures(), layer.weight().dataType());
        }

        /** Trainable numbers of n adapters. */
        long parameters(int n, LsrConfig config) {
            List<Integer> rank = config.resolvedRankFactors();
            return StackedSums.parameters(n, config, config.inFactors(in), rank)
                    + StackedSums.parameters(n, config, rank, config.outFactors(out));
        }

        /** Numbers in the dense A's of n adapters. */
        long denseA(int n, LsrConfig config) {
            return (long) n * in * config.bottleneckRank();
        }

        /** Numbers in the dense A's and B's of n adapters. */
        long dense(int n, LsrConfig config) {
            return denseA(n, config) + (long) n * out * config.bottleneckRank();
        }
    }

    final StackedSums a;
    final StackedSums b;

    /**
     * Makes a group.
     *
     * @param denseFrom where in the dense gradients the group's part begins
     */
    AdapterGroup(
            Shape shape, int n, LsrConfig config, ParameterStorage storage, DenseGradients gradients, long denseFrom) {
        List<Integer> rank = config.resolvedRankFactors();
        a = StackedSums.allocate(n, config, config.inFactors(shape.in()), rank, storage, gradients, denseFrom);
        b = StackedSums.allocate(
                n,
                config,
                rank,
                config.outFactors(shape.out()),
                storage,
                gradients,
                denseFrom + shape.denseA(n, config));
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
