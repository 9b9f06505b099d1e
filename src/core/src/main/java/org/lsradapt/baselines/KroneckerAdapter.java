package org.lsradapt.baselines;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.DenseGradients;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's c·Σ_k F_k ⊗ S_k. */
final class KroneckerAdapter extends LayerAdapter {
    private final KroneckerConfig config;
    private final KroneckerStack stack;
    private final int index;
    private final List<Parameter> parameters;

    KroneckerAdapter(FrozenLinear layer, KroneckerConfig config, KroneckerStack stack, int index, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.stack = stack;
        this.index = index;
        List<StackMemory.Piece> pieces = new ArrayList<>(stack.first(index).pieces());
        pieces.addAll(stack.second(index).pieces());
        List<String> names = KroneckerNames.of(layer.name(), config);
        parameters = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            parameters.add(new Parameter(
                    names.get(i), pieces.get(i).value(), pieces.get(i).gradient()));
        }
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
        INDArray right = stack.right().matrix(index);
        if (stack.left().isPresent()) {
            backend().gemm(stack.left().get().matrix(index), true, right, false, scaling(), beta, out);
            return;
        }
        try (INDArray delta = right.mul(scaling())) {
            if (beta == 0) {
                out.assign(delta);
            } else {
                out.addi(delta);
            }
        }
    }

    @Override
    protected int productRank() {
        return stack.left().map(left -> (int) left.rows()).orElseGet(super::productRank);
    }

    @Override
    protected double productScaling() {
        return stack.left().isPresent() ? scaling() : super.productScaling();
    }

    @Override
    protected void writeProduct(INDArray a, INDArray b) {
        if (stack.left().isEmpty()) {
            super.writeProduct(a, b);
            return;
        }
        a.assign(stack.left().get().matrix(index).permute(1, 0));
        b.assign(stack.right().matrix(index));
    }

    @Override
    protected LayerUpdate newUse(DenseGradients gradients) {
        StackedProducts right = stack.right();
        INDArray gradRight = gradients.view(right.denseFrom(index), right.rows(), right.cols());
        if (stack.left().isEmpty()) {
            return new DenseUse(backend(), right.matrix(index), gradRight, scaling());
        }
        StackedProducts left = stack.left().get();
        INDArray gradLeft = gradients.view(left.denseFrom(index), left.rows(), left.cols());
        return new ThinUse(backend(), left.matrix(index), gradLeft, right.matrix(index), gradRight, scaling());
    }
}
