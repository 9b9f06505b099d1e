package org.lsradapt.baselines.frozen;

import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LoRA-XS's adapters of one size, M = R·B. */
final class LoraXsStack extends FrozenStack {
    private static final double DEVIATION = 1e-5;

    /** The properties that stacked adapters share. */
    record Shape(int in, int out, int rank) implements StackShape {

        @Override
        public long parameters(int count) {
            return (long) count * rank * rank;
        }

        @Override
        public long dense(FrozenLinear layer) {
            return FrozenStack.dense(in, out, rank);
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new LoraXsStack(this, layers.size(), memory);
        }
    }

    private final Shape shape;
    private final INDArray[] a;
    private final INDArray[] b;
    private final StackMemory.Piece[] r;

    private LoraXsStack(Shape shape, int count, StackMemory memory) {
        super(count, shape.in(), shape.out(), shape.rank(), memory);
        this.shape = shape;
        a = new INDArray[count];
        b = new INDArray[count];
        r = pieces(memory.next(count, shape.rank(), shape.rank()), shape.rank(), shape.rank());
    }

    @Override
    INDArray frozen(int index, FrozenLinear layer) {
        LeadingVectors leading = LeadingVectors.of(layer.weight(), shape.rank(), backend());
        a[index] = matrix(leading.a(), shape.in(), shape.rank());
        b[index] = matrix(leading.b(), shape.rank(), shape.out());
        return a[index];
    }

    @Override
    double scaling(AdapterConfig config) {
        return ((LoraXsConfig) config).scaling();
    }

    @Override
    List<Parameter> parameters(int index, String layer) {
        return List.of(r[index].named(LoraXsConfig.names(layer).get(0)));
    }

    @Override
    void initialize(int index, AdapterConfig config, long seed) {
        Random random = SplitMix64.random(seed);
        double[] numbers = new double[shape.rank() * shape.rank()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = DEVIATION * random.nextGaussian();
        }
        backend().write(numbers, r[index].value());
    }

    @Override
    void mix(int index, INDArray m) {
        backend().gemm(r[index].value(), false, b[index], false, 1, 0, m);
    }

    @Override
    void collect(int index, INDArray gradM, INDArray scratch) {
        backend().gemm(gradM, false, b[index], true, 1, 0, r[index].gradient());
    }

    @Override
    void closeFrozen() {
        for (int i = 0; i < a.length; i++) {
            if (a[i] != null) {
                a[i].close();
                b[i].close();
            }
        }
    }
}
