package org.lsradapt.baselines.frozen;

import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** MiSS's adapters of one size: A [in, r] has a 1 in column i mod r of row i, and M is D. */
final class MissStack extends FrozenStack {

    /** The properties that stacked adapters share. */
    record Shape(int in, int out, int rank) implements StackShape {

        @Override
        public long parameters(int count) {
            return (long) count * rank * out;
        }

        @Override
        public long dense(FrozenLinear layer) {
            return FrozenStack.dense(in, out, rank);
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new MissStack(this, layers.size(), memory);
        }
    }

    private final INDArray a;
    private final StackMemory.Piece[] d;

    private MissStack(Shape shape, int count, StackMemory memory) {
        super(count, shape.in(), shape.out(), shape.rank(), memory);
        double[] repeated = new double[shape.in() * shape.rank()];
        for (int i = 0; i < shape.in(); i++) {
            repeated[i * shape.rank() + i % shape.rank()] = 1;
        }
        a = matrix(repeated, shape.in(), shape.rank());
        d = pieces(memory.next(count, shape.rank(), shape.out()), shape.rank(), shape.out());
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
        return List.of(d[index].named(MissConfig.names(layer).get(0)));
    }

    @Override
    void initialize(int index, AdapterConfig config, long seed) {
        d[index].value().assign(0);
    }

    @Override
    void mix(int index, INDArray m) {
        m.assign(d[index].value());
    }

    @Override
    void collect(int index, INDArray gradM, INDArray scratch) {
        d[index].gradient().assign(gradM);
    }

    @Override
    void closeFrozen() {
        a.close();
    }
}
