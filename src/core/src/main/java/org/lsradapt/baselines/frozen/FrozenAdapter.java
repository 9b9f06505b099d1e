package org.lsradapt.baselines.frozen;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's update c·A·M. */
final class FrozenAdapter extends LayerAdapter {
    private final AdapterConfig config;
    private final FrozenStack stack;
    private final int index;
    private final FrozenStack.Matrices matrices;
    private final INDArray collected;
    private final List<Parameter> parameters;

    FrozenAdapter(
            FrozenLinear layer,
            AdapterConfig config,
            FrozenStack stack,
            int index,
            FrozenStack.Matrices matrices,
            StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.stack = stack;
        this.index = index;
        this.matrices = matrices;
        INDArray like = matrices.product().orElse(matrices.m());
        collected = memory.denseGradients().view(matrices.gradientFrom(), like.size(0), like.size(1));
        parameters = List.copyOf(stack.parameters(index, layer.name()));
    }

    @Override
    public AdapterConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return stack.scaling(config);
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    protected void initialize(long seed) {
        stack.initialize(index, config, seed);
    }

    @Override
    protected void materializeOne() {
        stack.materialize(index, matrices);
    }

    void collectGradients() {
        stack.collect(index, matrices, collected);
    }

    @Override
    protected void addDelta(double beta, INDArray out) {
        backend().gemm(matrices.a(), false, matrices.m(), false, scaling(), beta, out);
    }

    @Override
    protected Product product() {
        return matrices.product()
                .map(dense -> new Product(Optional.empty(), dense, matrices.gradientFrom(), scaling()))
                .orElseGet(() -> new Product(
                        Optional.of(new Left(matrices.a(), false, OptionalLong.empty())),
                        matrices.m(),
                        matrices.gradientFrom(),
                        scaling()));
    }
}
