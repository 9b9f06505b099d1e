package org.lsradapt.lsr.shared;

import java.util.List;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * The properties of layers that share factors.
 *
 * @param config their settings; layers with other settings share nothing with them
 * @param sums A and B, or ΔW alone
 */
public record SharedShape(SharedConfig config, List<Sum> sums) implements StackShape {

    /** Copies the list. */
    public SharedShape {
        sums = List.copyOf(sums);
    }

    /**
     * The sizes of a sum of Kronecker products.
     *
     * @param cols columns of each factor
     */
    public record Sum(List<Integer> rows, List<Integer> cols) {

        /** Copies the lists. */
        public Sum {
            rows = List.copyOf(rows);
            cols = List.copyOf(cols);
        }

        /** The rows of a term. */
        public int height() {
            return product(rows);
        }

        /** The columns of a term. */
        public int width() {
            return product(cols);
        }

        private static int product(List<Integer> sizes) {
            return sizes.stream().reduce(1, Math::multiplyExact);
        }

        long elements() {
            return (long) height() * width();
        }

        long parameters() {
            long count = 0;
            for (int i = 0; i < rows.size(); i++) {
                count += (long) rows.get(i) * cols.get(i);
            }
            return count;
        }
    }

    @Override
    public long parameters(int count) {
        return config.separationRank()
                * sums.stream().mapToLong(sum -> sum.parameters() + count).sum();
    }

    @Override
    public long dense(FrozenLinear layer) {
        return sums.stream().mapToLong(Sum::elements).sum();
    }

    @Override
    public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
        return new SharedStack(this, layers.size(), memory);
    }
}
