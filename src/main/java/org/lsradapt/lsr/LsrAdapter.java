package org.lsradapt.lsr;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastCopyOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen linear layer and its low-rank update: y = x·W + b + c·x·A·B, with A [in, r] and B [r, out] Kronecker sums
 * (LSR-Adapt, arXiv 2502.13568). Plain LoRA is the configuration {@link LsrConfig#lora}.
 *
 * <p>W and b are kept by reference and never written. The trainable numbers are the factors of A and B, see
 * {@link #parameters()}; whoever changes them changes the adapter from the next {@link #forward} on.
 *
 * <p>Two ways to use it. {@link #forward} and {@link #backward} are all a single layer needs. A model with many adapters
 * calls {@link AdapterSet#materialize} once per step, then {@link #addForward} and {@link #addBackward} per layer on its
 * own arrays, then {@link AdapterSet#collectGradients} once.
 */
public final class LsrAdapter {
    private final FrozenLinear layer;
    private final LsrConfig config;
    private final Backend backend;
    private final KroneckerSum a;
    private final KroneckerSum b;
    private final KroneckerSum gradA;
    private final KroneckerSum gradB;
    private final INDArray denseA;
    private final INDArray denseB;
    private final INDArray gradDenseA;
    private final INDArray gradDenseB;
    private final List<Parameter> parameters;

    LsrAdapter(FrozenLinear layer, LsrConfig config, AdapterGroup group, int index, Backend backend) {
        this.layer = layer;
        this.config = config;
        this.backend = backend;
        a = AdapterViews.sum(group.a.factors, group.a.termWeights, index, backend);
        b = AdapterViews.sum(group.b.factors, group.b.termWeights, index, backend);
        gradA = AdapterViews.sum(group.a.gradFactors, group.a.gradTermWeights, index, backend);
        gradB = AdapterViews.sum(group.b.gradFactors, group.b.gradTermWeights, index, backend);
        denseA = AdapterViews.slice(group.a.dense, index);
        denseB = AdapterViews.slice(group.b.dense, index);
        gradDenseA = AdapterViews.slice(group.a.gradDense, index);
        gradDenseB = AdapterViews.slice(group.b.gradDense, index);
        parameters = AdapterViews.parameters(layer.name(), config, a, gradA, b, gradB);
    }

    /**
     * Adapts one weight.
     *
     * @param weight W [in, out], FLOAT or DOUBLE; kept by reference, never written
     * @param bias b [out], or null; kept by reference, never written
     * @param config the adapter's shape, scaling and start
     * @return the adapter
     * @throws IllegalArgumentException if shapes or factor sizes do not fit
     */
    public static LsrAdapter wrap(INDArray weight, INDArray bias, LsrConfig config) {
        FrozenLinear layer = new FrozenLinear("linear", weight, bias);
        return AdapterSet.create(List.of(layer), config, Backends.standard())
                .adapters()
                .get(0);
    }

    /** The layer's full name. */
    public String name() {
        return layer.name();
    }

    /** The frozen layer. */
    public FrozenLinear layer() {
        return layer;
    }

    /** Ranks, sizes, scaling. */
    public LsrConfig config() {
        return config;
    }

    /** The effective factor c of ΔW = c·A·B. */
    public double scaling() {
        return config.scaling();
    }

    /** A [in, r] as a Kronecker sum; a view of the trainable numbers. */
    public KroneckerSum a() {
        return a;
    }

    /** B [r, out] as a Kronecker sum; a view of the trainable numbers. */
    public KroneckerSum b() {
        return b;
    }

    /**
     * The trainable arrays with their gradients, named {@code <layer>.lsr_A1 … lsr_Ad, lsr_B1 … lsr_Bd}, with λ
     * {@code lsr_A_lambda} and {@code lsr_B_lambda}; plain LoRA's are {@code lora_A} and {@code lora_B}. All are in this
     * library's orientation.
     */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** How many trainable numbers. */
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
        materialize();
        INDArray y = Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), layer.outFeatures()}, 'c');
        double beta = 0;
        if (layer.bias() != null) {
            Nd4j.exec(new BroadcastCopyOp(y, layer.bias(), y, 1));
            beta = 1;
        }
        backend.gemm(x, false, layer.weight(), false, 1, beta, y);
        try (INDArray h = newHidden(x)) {
            addForward(x, h, y);
        }
        return y;
    }

    /**
     * The gradients of a loss at x, from the parameters as they were at the last {@link #forward}. Adds to the gradients
     * of {@link #parameters()}; {@link #zeroGradients()} starts anew.
     *
     * @param x activations [tokens, in], as given to {@code forward}; not modified
     * @param gradOutput ∂L/∂y [tokens, out]; not modified
     * @return ∂L/∂x, a new array [tokens, in]
     * @throws IllegalArgumentException if shapes or types do not fit
     */
    public INDArray backward(INDArray x, INDArray gradOutput) {
        checkInput("backward", x);
        Require.shape("backward", "gradOutput", gradOutput, "x's tokens and outFeatures", x.size(0), layer.outFeatures());
        Require.type("backward", "gradOutput", gradOutput, x.dataType(), "x");
        INDArray gradInput = Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), layer.inFeatures()}, 'c');
        backend.gemm(gradOutput, false, layer.weight(), true, 1, 0, gradInput);
        try (INDArray h = newHidden(x);
                INDArray gradH = newHidden(x)) {
            backend.gemm(x, false, denseA, false, 1, 0, h);
            addBackward(x, h, gradOutput, gradH, gradInput);
        }
        AdapterViews.collect(backend, a, gradDenseA, gradA);
        AdapterViews.collect(backend, b, gradDenseB, gradB);
        return gradInput;
    }

    /** Sets the gradients to zero. */
    public void zeroGradients() {
        gradDenseA.assign(0);
        gradDenseB.assign(0);
        for (Parameter parameter : parameters) {
            parameter.gradient().assign(0);
        }
    }

    /** Builds the dense A and B that {@link #addForward} and {@link #addBackward} use; a set does it for all at once. */
    public void materialize() {
        AdapterViews.materialize(backend, a, denseA);
        AdapterViews.materialize(backend, b, denseB);
    }

    /**
     * The update alone, on arrays of the caller: h ← x·A, y ← y + c·h·B. Shapes are the caller's to check.
     *
     * @param x activations [tokens, in]
     * @param h [tokens, r], overwritten; {@link #addBackward} wants it again
     * @param y [tokens, out], added to; may be a block of columns of a wider array
     */
    public void addForward(INDArray x, INDArray h, INDArray y) {
        backend.gemm(x, false, denseA, false, 1, 0, h);
        backend.gemm(h, false, denseB, false, scaling(), 1, y);
    }

    /**
     * The gradients of {@link #addForward}: g ← c·∂L/∂y·Bᵀ, ∂L/∂B += c·hᵀ·∂L/∂y, ∂L/∂A += xᵀ·g and ∂L/∂x += g·Aᵀ. The
     * gradients of the dense matrices collect until {@link AdapterSet#collectGradients} turns them into those of the
     * factors.
     *
     * @param x activations [tokens, in]
     * @param h [tokens, r] as {@code addForward} left it
     * @param gradOutput ∂L/∂y [tokens, out]
     * @param gradH [tokens, r], overwritten
     * @param gradInput ∂L/∂x [tokens, in], added to; null to leave it out
     */
    public void addBackward(INDArray x, INDArray h, INDArray gradOutput, INDArray gradH, INDArray gradInput) {
        backend.gemm(gradOutput, false, denseB, true, scaling(), 0, gradH);
        backend.gemm(h, true, gradOutput, false, scaling(), 1, gradDenseB);
        backend.gemm(x, true, gradH, false, 1, 1, gradDenseA);
        if (gradInput != null) {
            backend.gemm(gradH, false, denseA, true, 1, 1, gradInput);
        }
    }

    /**
     * ΔW = c·A·B, from the parameters as they are now.
     *
     * @return a new array [in, out]
     */
    public INDArray deltaWeight() {
        INDArray delta = Nd4j.createUninitialized(
                layer.weight().dataType(), new long[] {layer.inFeatures(), layer.outFeatures()}, 'c');
        materialize();
        backend.gemm(denseA, false, denseB, false, scaling(), 0, delta);
        return delta;
    }

    /**
     * W + ΔW, from the parameters as they are now; W itself stays as it is.
     *
     * @return a new 'c' ordered array [in, out]
     */
    public INDArray merge() {
        INDArray merged = layer.weight().dup('c');
        materialize();
        backend.gemm(denseA, false, denseB, false, scaling(), 1, merged);
        return merged;
    }

    /**
     * The same update as plain LoRA matrices, exactly: A and B materialized.
     *
     * @return new arrays A [in, r] and B [r, out], and c
     */
    public LoraMatrices exportLora() {
        return new LoraMatrices(a.materialize(), b.materialize(), scaling());
    }

    /**
     * ΔW as a plain product.
     *
     * @param a A [in, r]
     * @param b B [r, out]
     * @param scaling c, so that ΔW = c·A·B
     */
    public record LoraMatrices(INDArray a, INDArray b, double scaling) {}

    private INDArray newHidden(INDArray x) {
        return Nd4j.createUninitialized(x.dataType(), new long[] {x.size(0), config.bottleneckRank()}, 'c');
    }

    private void checkInput(String operation, INDArray x) {
        String rule = "inFeatures of " + name() + " = "
                + String.join(
                        " * ",
                        a.factors().stream().map(f -> String.valueOf(f.size(1))).toList());
        Require.shape(operation, "x", x, rule, -1, layer.inFeatures());
        Require.type(operation, "x", x, layer.weight().dataType(), "the weight");
    }
}
