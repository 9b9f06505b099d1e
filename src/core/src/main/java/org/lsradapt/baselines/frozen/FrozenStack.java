package org.lsradapt.baselines.frozen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters ΔW = c·A·M of one size; A [in, ρ] is frozen, and M [ρ, out] computed from the parameters. */
abstract class FrozenStack implements AdapterStack {
    private final StackMemory memory;
    private final int in;
    private final int out;
    private final int rank;
    private final List<FrozenAdapter> adapters = new ArrayList<>();
    /** M of each adapter. */
    private final INDArray mixed;
    /** A·M of each adapter; empty if the product is thin. */
    private final Optional<INDArray> dense;
    /** The gradient of M, used for one adapter after the other. */
    private final INDArray gradMixed;

    FrozenStack(int count, int in, int out, int rank, StackMemory memory) {
        this.memory = memory;
        this.in = in;
        this.out = out;
        this.rank = rank;
        mixed = zeros(count, rank, out);
        dense = isThin(in, out, rank) ? Optional.empty() : Optional.of(zeros(count, in, out));
        gradMixed = zeros(rank, out);
    }

    private static boolean isThin(long in, long out, long rank) {
        return rank * (in + out) < in * out;
    }

    /** The number of elements of the gradient, of M or of A·M, that a backward pass collects for an adapter. */
    static long dense(long in, long out, long rank) {
        return isThin(in, out, rank) ? rank * out : in * out;
    }

    /** A [in, ρ] of a layer; called once for each adapter, when it is made. */
    abstract INDArray frozen(int index, FrozenLinear layer);

    abstract double scaling(AdapterConfig config);

    abstract List<Parameter> parameters(int index, String layer);

    abstract void initialize(int index, AdapterConfig config, long seed);

    abstract void mix(int index, INDArray m);

    /** Computes the parameters' gradients from ∂L/∂M; overwrites {@code scratch}, which may be the same array. */
    abstract void collect(int index, INDArray gradM, INDArray scratch);

    final Backend backend() {
        return memory.backend();
    }

    final INDArray zeros(long... shape) {
        return Nd4j.zeros(memory.dataType(), shape);
    }

    final INDArray matrix(double[] numbers, int rows, int cols) {
        return Nd4j.createFromArray(numbers).castTo(memory.dataType()).reshape('c', rows, cols);
    }

    /** Divides the parameters of a stack into those of its adapters, in a shape. */
    static StackMemory.Piece[] pieces(StackMemory.Piece all, long... shape) {
        long length = all.value().length() / all.value().size(0);
        return LongStream.range(0, all.value().size(0))
                .mapToObj(index -> new StackMemory.Piece(
                        Views.piece(all.value(), index * length, shape),
                        Views.piece(all.gradient(), index * length, shape)))
                .toArray(StackMemory.Piece[]::new);
    }

    @Override
    public final LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig config) {
        INDArray a = frozen(index, layer);
        INDArray m = Views.piece(mixed, (long) index * rank * out, rank, out);
        Optional<INDArray> product = dense.map(all -> Views.piece(all, (long) index * in * out, in, out));
        long from = memory.denseFrom() + index * dense(in, out, rank);
        FrozenAdapter adapter =
                new FrozenAdapter(layer, config, this, index, new Matrices(a, m, product, from), memory);
        adapters.add(adapter);
        return adapter;
    }

    /**
     * The matrices that an adapter multiplies by.
     *
     * @param product A·M; empty if it is thin
     * @param gradientFrom where the gradient of A·M or M begins in each lane's gradients
     */
    record Matrices(INDArray a, INDArray m, Optional<INDArray> product, long gradientFrom) {}

    /** Computes M, and A·M unless it is thin. */
    final void materialize(int index, Matrices matrices) {
        mix(index, matrices.m());
        matrices.product()
                .ifPresent(product -> backend().gemm(matrices.a(), false, matrices.m(), false, 1, 0, product));
    }

    /** Computes the parameters' gradients from the gradient that the lanes collected. */
    final void collect(int index, Matrices matrices, INDArray collected) {
        INDArray gradM = collected;
        if (matrices.product().isPresent()) {
            backend().gemm(matrices.a(), true, collected, false, 1, 0, gradMixed);
            gradM = gradMixed;
        }
        collect(index, gradM, gradMixed);
    }

    @Override
    public final void materialize() {
        adapters.forEach(FrozenAdapter::materializeOne);
    }

    @Override
    public final void collectGradients() {
        adapters.forEach(FrozenAdapter::collectGradients);
    }

    abstract void closeFrozen();

    @Override
    public final void close() {
        mixed.close();
        dense.ifPresent(INDArray::close);
        gradMixed.close();
        closeFrozen();
    }
}
