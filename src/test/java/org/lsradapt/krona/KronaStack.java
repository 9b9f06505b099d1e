package org.lsradapt.krona;

import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The A's and B's of KronA adapters of one shape, as Kronecker sums of one term for the whole of ΔW. */
final class KronaStack implements AdapterStack {

    /**
     * The factors' sizes.
     *
     * @param rowsA rows of A
     * @param colsA columns of A
     * @param rowsB rows of B
     * @param colsB columns of B
     */
    record Shape(long rowsA, long colsA, long rowsB, long colsB) implements StackShape {

        @Override
        public long parameters() {
            return rowsA * colsA + rowsB * colsB;
        }

        @Override
        public long dense() {
            return rowsA * rowsB * colsA * colsB;
        }

        @Override
        public AdapterStack stack(int count, StackMemory memory) {
            return new KronaStack(this, count, memory);
        }
    }

    private final Shape shape;
    private final StackMemory memory;
    private final StackMemory.Piece a;
    private final StackMemory.Piece b;
    private final INDArray dense;
    private final INDArray gradDense;

    private KronaStack(Shape shape, int count, StackMemory memory) {
        this.shape = shape;
        this.memory = memory;
        a = memory.next(count, 1, shape.rowsA, shape.colsA);
        b = memory.next(count, 1, shape.rowsB, shape.colsB);
        long[] stacked = {count, shape.rowsA * shape.rowsB, shape.colsA * shape.colsB};
        dense = Nd4j.zeros(memory.dataType(), stacked);
        gradDense = memory.denseGradients().view(memory.denseFrom(), stacked);
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        return new KronaAdapter(
                layer,
                (KronaConfig) config,
                slice(a, index),
                slice(b, index),
                Views.piece(dense, index * shape.dense(), 1, dense.size(1), dense.size(2)),
                memory.denseFrom() + index * shape.dense(),
                memory);
    }

    /** One adapter's factor [1, 1, rows, cols]. */
    private static StackMemory.Piece slice(StackMemory.Piece stack, int index) {
        long rows = stack.value().size(2);
        long cols = stack.value().size(3);
        return new StackMemory.Piece(
                Views.piece(stack.value(), index * rows * cols, 1, 1, rows, cols),
                Views.piece(stack.gradient(), index * rows * cols, 1, 1, rows, cols));
    }

    @Override
    public void materialize() {
        memory.backend().materialize(List.of(a.value(), b.value()), null, dense);
    }

    @Override
    public void collectGradients() {
        memory.backend()
                .materializeGradient(
                        List.of(a.value(), b.value()), null, gradDense, List.of(a.gradient(), b.gradient()), null);
    }

    @Override
    public void close() {
        dense.close();
    }
}
