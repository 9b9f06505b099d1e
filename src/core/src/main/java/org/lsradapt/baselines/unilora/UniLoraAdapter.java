package org.lsradapt.baselines.unilora;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's A and B of {@link UniLoraConfig}. */
public final class UniLoraAdapter extends LayerAdapter {
    private final UniLoraStack stack;
    private final int index;
    private final Product product;
    private final List<Parameter> parameters;

    UniLoraAdapter(FrozenLinear layer, UniLoraStack stack, int index, long gradientFrom, StackMemory memory) {
        super(layer, memory);
        this.stack = stack;
        this.index = index;
        int rank = stack.config().rank();
        long ofA = (long) layer.inFeatures() * rank;
        INDArray a = Views.piece(stack.matrices(index), 0, layer.inFeatures(), rank);
        INDArray b = Views.piece(stack.matrices(index), ofA, rank, layer.outFeatures());
        product = new Product(
                Optional.of(new Left(a, false, OptionalLong.of(gradientFrom))), b, gradientFrom + ofA, scaling());
        parameters = List.of(stack.theta().named(UniLoraConfig.name(layer.name())));
    }

    @Override
    public UniLoraConfig config() {
        return stack.config();
    }

    @Override
    public double scaling() {
        return 1;
    }

    /** The vector, which all layers share. */
    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    /** The places of θ's numbers are drawn for all layers together. */
    @Override
    public boolean isOfWholeSet() {
        return true;
    }

    @Override
    protected void initialize(long seed) {
        stack.initialize();
    }

    @Override
    protected void materializeOne() {
        stack.materialize(index);
    }

    @Override
    protected Product product() {
        return product;
    }
}
