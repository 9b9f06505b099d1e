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

/** One layer's update ΔW = c·Σ_k F_k ⊗ S_k. */
final class KroneckerAdapter extends LayerAdapter {
    private final KroneckerConfig config;
    private final KroneckerStack stack;
    private final int index;
    private final List<Parameter> parameters;
    private final Product product;

    KroneckerAdapter(FrozenLinear layer, KroneckerConfig config, KroneckerStack stack, int index, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.stack = stack;
        this.index = index;
        Optional<Left> left = stack.left()
                .map(products -> new Left(products.matrix(index), true, OptionalLong.of(products.denseFrom(index))));
        product = new Product(left, stack.right().matrix(index), stack.right().denseFrom(index), config.scaling());
        List<StackMemory.Piece> pieces = new ArrayList<>(stack.first(index).pieces());
        pieces.addAll(stack.second(index).pieces());
        List<String> names = KroneckerNames.of(layer.name(), config);
        parameters = IntStream.range(0, names.size())
                .mapToObj(i -> pieces.get(i).named(names.get(i)))
                .toList();
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
        return product;
    }
}
