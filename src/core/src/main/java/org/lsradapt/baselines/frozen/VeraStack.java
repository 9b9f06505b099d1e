package org.lsradapt.baselines.frozen;

import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** VeRA's adapters of one size, M = diag(d)·B·diag(b) = (d·b)∘B with d a column and b a row. */
final class VeraStack extends FrozenStack {

    /** The properties that stacked adapters share. */
    record Shape(int in, int out, Projection projection) implements StackShape {

        @Override
        public long parameters(int count) {
            return (long) count * (projection.rank() + out);
        }

        @Override
        public long dense(FrozenLinear layer) {
            return FrozenStack.dense(in, out, projection.rank());
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new VeraStack(this, layers.size(), memory);
        }
    }

    private final INDArray a;
    private final INDArray b;
    private final StackMemory.Piece[] inner;
    private final StackMemory.Piece[] outer;
    private final StackMemory.Piece[] columns;
    private final StackMemory.Piece[] rows;

    private VeraStack(Shape shape, int count, StackMemory memory) {
        super(count, shape.in(), shape.out(), shape.projection().rank(), memory);
        int rank = shape.projection().rank();
        int out = shape.out();
        Projection.Drawn drawn = shape.projection().draw();
        double[] first = new double[shape.in() * rank];
        double[] second = new double[rank * out];
        for (int k = 0; k < rank; k++) {
            for (int i = 0; i < shape.in(); i++) {
                first[i * rank + k] = drawn.a()[k * shape.projection().in() + i];
            }
            for (int j = 0; j < out; j++) {
                second[k * out + j] = drawn.b()[j * rank + k];
            }
        }
        a = matrix(first, shape.in(), rank);
        b = matrix(second, rank, out);
        StackMemory.Piece ofRanks = memory.next(count, rank);
        StackMemory.Piece ofOutputs = memory.next(count, out);
        inner = pieces(ofRanks, rank);
        outer = pieces(ofOutputs, out);
        columns = pieces(ofRanks, rank, 1);
        rows = pieces(ofOutputs, 1, out);
    }

    @Override
    INDArray frozen(int index, FrozenLinear layer) {
        return a;
    }

    @Override
    double scaling(AdapterConfig config) {
        return 1;
    }

    @Override
    List<Parameter> parameters(int index, String layer) {
        List<String> names = VeraConfig.names(layer);
        return List.of(inner[index].named(names.get(0)), outer[index].named(names.get(1)));
    }

    @Override
    void initialize(int index, AdapterConfig config, long seed) {
        columns[index].value().assign(((VeraConfig) config).initial());
        rows[index].value().assign(0);
    }

    @Override
    void mix(int index, INDArray m) {
        backend().gemm(columns[index].value(), false, rows[index].value(), false, 1, 0, m);
        backend().multiplyElements(m, b, m);
    }

    @Override
    void collect(int index, INDArray gradM, INDArray scratch) {
        backend().multiplyElements(gradM, b, scratch);
        backend().gemm(scratch, false, rows[index].value(), true, 1, 0, columns[index].gradient());
        backend().gemm(columns[index].value(), true, scratch, false, 1, 0, rows[index].gradient());
    }

    @Override
    void closeFrozen() {
        a.close();
        b.close();
    }
}
