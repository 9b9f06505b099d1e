package org.lsradapt.baselines.frozen;

import java.util.List;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.DenseGradients;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
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
        collected = gradients(memory.denseGradients());
        parameters = List.copyOf(stack.parameters(index, layer.name()));
    }

    private INDArray gradients(DenseGradients lane) {
        INDArray like = matrices.product().orElse(matrices.m());
        return lane.view(matrices.gradientFrom(), like.size(0), like.size(1));
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
    protected int productRank() {
        return matrices.product().isEmpty() ? (int) matrices.a().size(1) : super.productRank();
    }

    @Override
    protected double productScaling() {
        return matrices.product().isEmpty() ? scaling() : super.productScaling();
    }

    @Override
    protected void writeProduct(INDArray a, INDArray b) {
        if (matrices.product().isPresent()) {
            super.writeProduct(a, b);
            return;
        }
        a.assign(matrices.a());
        b.assign(matrices.m());
    }

    @Override
    protected LayerUpdate newUse(DenseGradients gradients) {
        INDArray collects = gradients(gradients);
        return matrices.product()
                .map(product -> denseUse(new StackMemory.Piece(product, collects), scaling()))
                .orElseGet(() -> frozenUse(matrices.a(), new StackMemory.Piece(matrices.m(), collects), scaling()));
    }
}
