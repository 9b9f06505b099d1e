package org.lsradapt.baselines;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's update ΔW = c·Σ_k F_k ⊗ S_k. */
final class KroneckerAdapter extends LayerAdapter {
    private final KroneckerConfig config;
    private final KroneckerStack stack;
    private final int index;
    private final List<Parameter> parameters;
    /** L and its gradient; empty if R is ΔW. */
    private final Optional<StackMemory.Piece> left;

    private final StackMemory.Piece right;

    KroneckerAdapter(FrozenLinear layer, KroneckerConfig config, KroneckerStack stack, int index, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.stack = stack;
        this.index = index;
        left = stack.left().map(products -> matrix(products, index));
        right = matrix(stack.right(), index);
        List<StackMemory.Piece> pieces = new ArrayList<>(stack.first(index).pieces());
        pieces.addAll(stack.second(index).pieces());
        List<String> names = KroneckerNames.of(layer.name(), config);
        parameters = IntStream.range(0, names.size())
                .mapToObj(i -> pieces.get(i).named(names.get(i)))
                .toList();
    }

    private static StackMemory.Piece matrix(StackedProducts products, int index) {
        return new StackMemory.Piece(products.matrix(index), products.gradMatrix(index));
    }

    @Override
    public KroneckerConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return config.scaling();
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    protected void initialize(long seed) {
        KroneckerStart.fill(config, stack.first(index), stack.second(index), seed);
    }

    @Override
    protected void materializeOne() {
        stack.materialize(index);
    }

    @Override
    protected Product product() {
        Optional<Left> transposed = stack.left()
                .map(products ->
                        new Left(left.orElseThrow().value(), true, OptionalLong.of(products.denseFrom(index))));
        return new Product(transposed, right.value(), stack.right().denseFrom(index), scaling());
    }

    @Override
    protected void writeDenseGradients(INDArray gradDelta) {
        if (left.isEmpty()) {
            scale(gradDelta, scaling(), right.gradient());
            return;
        }
        backend().gemm(left.get().value(), false, gradDelta, false, scaling(), 0, right.gradient());
        backend()
                .gemm(
                        right.value(),
                        false,
                        gradDelta,
                        true,
                        scaling(),
                        0,
                        left.get().gradient());
    }
}
