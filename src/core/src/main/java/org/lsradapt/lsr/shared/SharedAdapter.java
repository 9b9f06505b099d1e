package org.lsradapt.lsr.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One layer's update by shared factors and its own coefficients; see {@link SharedConfig}. */
public final class SharedAdapter extends LayerAdapter {
    private final SharedConfig config;
    /** A and B, or ΔW alone. */
    private final List<SharedSum> shared;

    private final int index;
    private final List<INDArray> matrices;
    private final List<Parameter> parameters;

    SharedAdapter(FrozenLinear layer, SharedConfig config, List<SharedSum> shared, int index, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.shared = shared;
        this.index = index;
        matrices = shared.stream().map(sum -> sum.matrix(index)).toList();
        List<StackMemory.Piece> pieces =
                shared.stream().flatMap(sum -> sum.parameters(index).stream()).toList();
        List<String> names = config.names(layer.name());
        parameters = IntStream.range(0, names.size())
                .mapToObj(i -> pieces.get(i).named(names.get(i)))
                .toList();
    }

    @Override
    public SharedConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return config.scaling();
    }

    /** The shared factors and this layer's coefficients. */
    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    /** This layer's coefficients of each sum. */
    @Override
    public List<Parameter> coefficients() {
        int each = parameters.size() / shared.size();
        return IntStream.rangeClosed(1, shared.size())
                .mapToObj(sum -> parameters.get(sum * each - 1))
                .toList();
    }

    /** This layer's A and B, or its ΔW/c if r is 0, as Kronecker sums with λ = g(l); views of the parameters. */
    public List<KroneckerSum> sums() {
        List<KroneckerSum> sums = new ArrayList<>();
        int each = parameters.size() / shared.size();
        for (int from = 0; from < parameters.size(); from += each) {
            List<INDArray> values = parameters.subList(from, from + each).stream()
                    .map(Parameter::value)
                    .toList();
            sums.add(KroneckerSum.of(values.subList(0, each - 1), values.get(each - 1)));
        }
        return sums;
    }

    @Override
    public Optional<SharedTerms.Sums> termSums() {
        List<KroneckerSum> sums = sums();
        return isThin()
                ? Optional.of(new SharedTerms.Sums(name(), sums.get(0), sums.get(1), scaling()))
                : Optional.empty();
    }

    /** Whether this is the first of the layers that share factors. */
    public boolean isFirst() {
        return index == 0;
    }

    /**
     * The sums over all layers that share factors with this one, in order: the layer is the first of three dimensions,
     * and the matrices of all layers lie one below the other.
     *
     * @return for A and B, or for ΔW/c, new sums with the factors g [s, L, 1] and the shared ones, on copies
     */
    public List<KroneckerSum> representations() {
        return shared.stream().map(SharedSum::representation).toList();
    }

    /**
     * Makes a sum with the layer as its first dimension.
     *
     * @param factors the shared factors [s, rows_i, cols_i]; copied
     * @param coefficients g [s] of each layer; copied
     * @return the layers' matrices one below the other, Σ_k g_k ⊗ F_k^(1) ⊗ F_k^(2) with g_k [L, 1]
     */
    public static KroneckerSum representation(List<INDArray> factors, List<INDArray> coefficients) {
        List<INDArray> all = new ArrayList<>();
        try (INDArray rows = Nd4j.vstack(coefficients)) {
            all.add(rows.permute(1, 0).dup('c').reshape('c', rows.size(1), rows.size(0), 1));
        }
        factors.forEach(factor -> all.add(factor.dup('c')));
        return KroneckerSum.of(all, null);
    }

    /** Sets the parameters of all layers that share factors, to sums as {@link #representations()} returns them; copied. */
    public void represent(List<KroneckerSum> sums) {
        for (int i = 0; i < sums.size(); i++) {
            shared.get(i).represent(sums.get(i));
        }
    }

    /** Shared factors depend on the configuration's seed alone, so that it does not matter which layer draws them. */
    @Override
    protected void initialize(long seed) {
        Random random = SplitMix64.random(config.seed());
        double variance = 1.0 / layer().inFeatures();
        for (int i = 0; i < shared.size(); i++) {
            shared.get(i).draw(variance, i == shared.size() - 1, random);
        }
        Random own = SplitMix64.random(seed);
        shared.forEach(sum -> sum.drawCoefficients(index, own));
    }

    @Override
    protected void materializeOne() {
        shared.forEach(sum -> sum.materialize(index));
    }

    private boolean isThin() {
        return shared.size() == 2;
    }

    @Override
    protected Product product() {
        SharedSum last = shared.get(shared.size() - 1);
        Optional<Left> left = isThin()
                ? Optional.of(new Left(
                        matrices.get(0), false, OptionalLong.of(shared.get(0).denseFrom(index))))
                : Optional.empty();
        return new Product(left, matrices.get(shared.size() - 1), last.denseFrom(index), scaling());
    }

    /** W + ΔW computed in double from the elements of W and of the parameters, and rounded once. */
    @Override
    protected INDArray mergeRounded(DataType type) {
        List<KroneckerSum> sums = sums();
        if (isThin()) {
            return layer().weight()
                    .addProduct(sums.get(0).materializeDouble(), sums.get(1).materializeDouble(), scaling(), type);
        }
        long in = layer().inFeatures();
        long out = layer().outFeatures();
        try (INDArray wide = Nd4j.createUninitialized(DataType.DOUBLE, new long[] {in, out}, 'c');
                INDArray delta = Nd4j.createFromArray(sums.get(0).materializeDouble())) {
            layer().weight().copyTo(wide);
            wide.addi(delta.muli(scaling()).reshape('c', in, out));
            return OnceRounded.cast(wide, type);
        }
    }
}
