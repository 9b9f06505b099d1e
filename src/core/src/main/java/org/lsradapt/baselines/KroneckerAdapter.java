package org.lsradapt.baselines;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.DenseGradients;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

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
        parameters = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            parameters.add(new Parameter(
                    names.get(i), pieces.get(i).value(), pieces.get(i).gradient()));
        }
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
        return List.copyOf(parameters);
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
    protected void addDelta(double beta, INDArray out) {
        if (left.isPresent()) {
            backend().gemm(left.get().value(), true, right.value(), false, scaling(), beta, out);
        } else if (beta == 0) {
            scale(right.value(), out);
        } else {
            try (INDArray delta = right.value().mul(scaling())) {
                out.addi(delta);
            }
        }
    }

    @Override
    protected void writeDenseGradients(INDArray gradDelta) {
        if (left.isEmpty()) {
            scale(gradDelta, right.gradient());
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

    /** Computes to ← c·from, both contiguous. A product with a scalar would first make an array of the scalar. */
    private void scale(INDArray from, INDArray to) {
        to.assign(from);
        Nd4j.getBlasWrapper().level1().scal(to.length(), scaling(), to);
    }

    @Override
    protected int productRank() {
        return left.map(matrix -> (int) matrix.value().size(0)).orElseGet(super::productRank);
    }

    @Override
    protected double productScaling() {
        return left.isPresent() ? scaling() : super.productScaling();
    }

    @Override
    protected void writeProduct(INDArray a, INDArray b) {
        if (left.isEmpty()) {
            super.writeProduct(a, b);
            return;
        }
        a.assign(left.get().value().permute(1, 0));
        b.assign(right.value());
    }

    @Override
    protected LayerUpdate newUse(DenseGradients gradients) {
        StackMemory.Piece r = new StackMemory.Piece(right.value(), gradients(gradients, stack.right()));
        if (left.isEmpty()) {
            return denseUse(r, scaling());
        }
        INDArray gradLeft = gradients(gradients, stack.left().orElseThrow());
        return transposedUse(new StackMemory.Piece(left.get().value(), gradLeft), r, scaling());
    }

    private INDArray gradients(DenseGradients lane, StackedProducts products) {
        return lane.view(products.denseFrom(index), products.rows(), products.cols());
    }
}
