package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.kronecker.ContractionCost;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen linear layer and its low-rank update: y = x·W + b + c·x·A·B, with A [in, r] and B [r, out] Kronecker sums
 * (LSR-Adapt, arXiv 2502.13568). Plain LoRA is the configuration {@link LsrConfig#lora}.
 *
 * <p>W and b are kept by reference and never written, unless an {@link InPlaceMerge} is opened. The trainable
 * parameters are the factors of A and B, see {@link #parameters()}; changes to them take effect with the next
 * {@link #forward}.
 *
 * <p>There are two ways to use it. For a single layer, {@link #forward} and {@link #backward} suffice. A model with
 * many adapters calls {@link AdapterSet#materialize} once per step, then a {@linkplain AdapterSet#use use} of each layer
 * forward and backward, then {@link AdapterSet#collectGradients} once.
 *
 * <p>For one thread at a time, with all adapters of its set: a call made while another thread is inside one throws an
 * {@link IllegalStateException}.
 *
 * <p>The caller of {@link #wrap} closes the adapter that it returns; a set frees its adapters, which use the set's
 * memory.
 */
public final class LsrAdapter extends LayerAdapter implements AutoCloseable {
    private final LsrConfig config;
    private final KroneckerSum a;
    private final KroneckerSum b;
    private final StackedSums stackedA;
    private final StackedSums stackedB;
    private final INDArray denseA;
    private final INDArray denseB;
    private final List<Parameter> parameters;
    /** The set that {@link #wrap} made for this adapter alone; null for an adapter of a caller's set. */
    private @Nullable AdapterSet own;

    /** The use of the layer by {@link #forward} and {@link #backward}; null before the first call. */
    private @Nullable ThinUse use;

    LsrAdapter(FrozenLinear layer, LsrConfig config, StackedSums a, StackedSums b, StackMemory memory) {
        super(layer, memory);
        this.config = config;
        stackedA = a;
        stackedB = b;
        this.a = stackedA.sum(memory.backend());
        this.b = stackedB.sum(memory.backend());
        denseA = stackedA.matrix();
        denseB = stackedB.matrix();
        List<Parameter> named = new ArrayList<>();
        addParameters(named, ParameterNames.ofA(layer.name(), config), this.a, a.gradient(memory.backend()));
        addParameters(named, ParameterNames.ofB(layer.name(), config), this.b, b.gradient(memory.backend()));
        parameters = List.copyOf(named);
    }

    private static void addParameters(
            List<Parameter> parameters, ParameterNames names, KroneckerSum sum, KroneckerSum gradient) {
        for (int i = 0; i < sum.factors().size(); i++) {
            INDArray factor = sum.factors().get(i);
            parameters.add(new Parameter(
                    names.factors().get(i), factor, gradient.factors().get(i)));
        }
        if (sum.termWeights() != null) {
            parameters.add(new Parameter(names.termWeights(), sum.termWeights(), gradient.termWeights()));
        }
    }

    /**
     * Adapts one weight, as a layer named {@code linear}.
     *
     * @param weight W [in, out], FLOAT or DOUBLE; kept by reference, never written
     * @param config the adapter's shape, scaling and initialization
     * @return the adapter, which the caller closes
     * @throws IllegalArgumentException if the weight's shape or type, or factor sizes do not fit
     */
    public static LsrAdapter wrap(INDArray weight, LsrConfig config) {
        return wrap(FrozenLinear.of("linear", weight), config);
    }

    /**
     * Adapts one weight with its bias, as a layer named {@code linear}.
     *
     * @param weight W [in, out], FLOAT or DOUBLE; kept by reference, never written
     * @param bias b [out]; kept by reference, never written
     * @param config the adapter's shape, scaling and initialization
     * @return the adapter, which the caller closes
     * @throws IllegalArgumentException if shapes, types or factor sizes do not fit
     */
    public static LsrAdapter wrap(INDArray weight, INDArray bias, LsrConfig config) {
        return wrap(FrozenLinear.of("linear", weight, bias), config);
    }

    /**
     * Adapts one layer.
     *
     * @param layer the layer; kept by reference, never written
     * @param config the adapter's shape, scaling and initialization
     * @return the adapter, which the caller closes
     * @throws IllegalArgumentException if factor sizes do not fit
     */
    public static LsrAdapter wrap(FrozenLinear layer, LsrConfig config) {
        AdapterSet set = AdapterSet.create(List.of(layer), config, Backends.standard());
        LsrAdapter adapter = set.lsrAdapters().get(0);
        adapter.own = set;
        return adapter;
    }

    /** The configuration: ranks, factor sizes, scaling, initialization. */
    @Override
    public LsrConfig config() {
        return config;
    }

    /** The effective factor c of ΔW = c·A·B. */
    @Override
    public double scaling() {
        return config.scaling();
    }

    /** A [in, r] as a Kronecker sum; a view of the trainable parameters. */
    public KroneckerSum a() {
        return a;
    }

    /** B [r, out] as a Kronecker sum; a view of the trainable parameters. */
    public KroneckerSum b() {
        return b;
    }

    /**
     * The trainable arrays with their gradients, named {@code <layer>.lsr_A1 … lsr_Ad, lsr_B1 … lsr_Bd}, with λ
     * {@code lsr_A_lambda} and {@code lsr_B_lambda}; plain LoRA's are {@code lora_A} and {@code lora_B}. All are in
     * this library's orientation.
     */
    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    /** λ of A and of B; empty without term weights. */
    @Override
    public List<Parameter> coefficients() {
        return parameters.stream()
                .filter(one -> one.value() == a.termWeights() || one.value() == b.termWeights())
                .toList();
    }

    @Override
    public Optional<SharedTerms.Sums> termSums() {
        return Optional.of(new SharedTerms.Sums(name(), a, b, scaling()));
    }

    @Override
    public long parameterCount() {
        return a.parameterCount() + b.parameterCount();
    }

    /**
     * y = x·W + b + c·x·A·B, from the parameters as they are now.
     *
     * @param x activations [tokens, in], of the weight's type; not modified
     * @return a new array [tokens, out]
     * @throws IllegalArgumentException if x has another shape or type
     */
    public INDArray forward(INDArray x) {
        checkInput("forward", x);
        return forward(x, Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), layer().outFeatures()}, 'c'));
    }

    /**
     * Computes {@link #forward(INDArray)} into an array of the caller: allocating a large array costs more than the
     * update.
     *
     * @param x activations [tokens, in], of the weight's type; not modified
     * @param y [tokens, out], overwritten; 'c' ordered; shares no memory with x or the weight
     * @return y
     * @throws IllegalArgumentException if shapes or types do not fit, or y shares memory with x or the weight
     */
    public INDArray forward(INDArray x, INDArray y) {
        checkInput("forward", x);
        Require.shape("forward", "y", y, "x's tokens and outFeatures", x.size(0), layer().outFeatures());
        Require.type("forward", "y", y, x.dataType(), "x");
        Require.apart("forward", "x", x, "y", y);
        layer().weight().requireApart("forward", "y", y);
        try (ThreadGuard.Call call = guard().enter("forward")) {
            layer().apply(backend(), x, y);
            if (!isMerged()) {
                addUpdate(x, y);
            }
            return y;
        }
    }

    private void addUpdate(INDArray x, INDArray y) {
        if (ContractionCost.cheaperWithMemory(a, x.size(0)) == KroneckerSum.Way.THROUGH_FACTORS
                || ContractionCost.cheaperWithMemory(b, x.size(0)) == KroneckerSum.Way.THROUGH_FACTORS) {
            try (INDArray h = a.apply(x);
                    INDArray update = b.apply(h)) {
                y.addi(update.muli(scaling()));
            }
        } else {
            materialize();
            use().forward(new int[] {0, (int) x.size(0)}, x, y);
        }
    }

    /**
     * The gradients of a loss at x, from the current parameters and the given x, whatever an earlier {@link #forward}
     * received: A, B and x·A are computed again, which is cheap compared with the product with W. Adds to the gradients
     * of {@link #parameters()}; {@link #zeroGradients()} resets them.
     *
     * @param x activations [tokens, in]; not modified
     * @param gradOutput ∂L/∂y [tokens, out]; not modified
     * @return ∂L/∂x, a new array [tokens, in]
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public INDArray backward(INDArray x, INDArray gradOutput) {
        checkInput("backward", x);
        return backward(
                x,
                gradOutput,
                Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), layer().inFeatures()}, 'c'));
    }

    /**
     * Computes {@link #backward(INDArray, INDArray)} into an array of the caller.
     *
     * @param x activations [tokens, in]; not modified
     * @param gradOutput ∂L/∂y [tokens, out]; not modified
     * @param gradInput ∂L/∂x [tokens, in], overwritten; 'c' ordered; shares no memory with an operand or the weight
     * @return gradInput
     * @throws IllegalArgumentException if shapes or types do not fit, or gradInput shares memory with an operand or the
     *     weight
     * @throws IllegalStateException while the update is merged into W
     */
    public INDArray backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
        checkInput("backward", x);
        Require.shape(
                "backward", "gradOutput", gradOutput, "x's tokens and outFeatures", x.size(0), layer().outFeatures());
        Require.type("backward", "gradOutput", gradOutput, x.dataType(), "x");
        Require.shape("backward", "gradInput", gradInput, "x", x.size(0), layer().inFeatures());
        Require.type("backward", "gradInput", gradInput, x.dataType(), "x");
        Require.apart("backward", "x", x, "gradInput", gradInput);
        Require.apart("backward", "gradOutput", gradOutput, "gradInput", gradInput);
        layer().weight().requireApart("backward", "gradInput", gradInput);
        try (ThreadGuard.Call call = guard().enter("backward")) {
            requireUnmerged();
            if (x.size(0) == 0) {
                return gradInput;
            }
            layer().weight().multiplyTransposed(backend(), gradOutput, 0, gradInput);
            materialize();
            use().read(x);
            use().backward(x, gradOutput, gradInput);
            stackedA.collectGradients(backend());
            stackedB.collectGradients(backend());
            return gradInput;
        }
    }

    /** Sets the gradients to zero. */
    public void zeroGradients() {
        try (ThreadGuard.Call call = guard().enter("zeroGradients")) {
            stackedA.gradDense().assign(0);
            stackedB.gradDense().assign(0);
            for (Parameter parameter : parameters) {
                parameter.gradient().assign(0);
            }
        }
    }

    @Override
    protected void initialize(long seed) {
        FactorInitializer.fill(a, b, config.initialization(), seed);
    }

    @Override
    protected void materializeOne() {
        stackedA.materialize(backend());
        stackedB.materialize(backend());
    }

    private ThinUse use() {
        if (use == null) {
            use = (ThinUse) newUse();
        }
        return use;
    }

    @Override
    protected Product product() {
        Left left = new Left(denseA, false, OptionalLong.of(stackedA.denseFrom()));
        return new Product(Optional.of(left), denseB, stackedB.denseFrom(), scaling());
    }

    @Override
    protected void mergeInto(INDArray merged) {
        layer().weight().addProduct(backend(), denseA, denseB, scaling(), merged);
    }

    /** W + c·A·B computed in double from the elements of W and of the factors, and rounded once. */
    @Override
    protected INDArray mergeRounded(DataType type) {
        return layer().weight().addProduct(a.materializeDouble(), b.materializeDouble(), scaling(), type);
    }

    /** The same update as plain LoRA matrices, exactly: new arrays A [in, r] and B [r, out], and c. */
    public LoraMatrices exportLora() {
        try (ThreadGuard.Call call = guard().enter("exportLora")) {
            return new LoraMatrices(a.materialize(), b.materialize(), scaling());
        }
    }

    /**
     * ΔW as a plain product. Immutable except for the arrays, which threads may share while nothing writes them; the
     * method that returns a product says who owns them.
     *
     * @param a A [in, r]
     * @param b B [r, out]
     * @param scaling c, so that ΔW = c·A·B
     */
    public record LoraMatrices(INDArray a, INDArray b, double scaling) {}

    /**
     * Frees the native memory of an adapter that {@link #wrap} made. Its arrays must not be used after that, and a
     * second call does nothing. For an adapter of a set this does nothing: {@link AdapterSet#close} frees it.
     *
     * @throws IllegalStateException if another thread uses the adapter
     */
    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }

    @Override
    protected void freeScratch() {
        if (use != null) {
            use.close();
        }
    }

    private void checkInput(String operation, INDArray x) {
        String rule = "inFeatures of " + name() + " = "
                + String.join(
                        " * ",
                        a.factors().stream().map(f -> String.valueOf(f.size(1))).toList());
        Require.shape(operation, "x", x, rule, -1, layer().inFeatures());
        Require.type(operation, "x", x, layer().weight().dataType(), "the weight");
    }
}
