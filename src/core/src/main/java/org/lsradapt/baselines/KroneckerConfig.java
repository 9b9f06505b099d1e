package org.lsradapt.baselines;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * ΔW = c·Σ_k F_k ⊗ S_k, a sum of Kronecker products for the whole of ΔW [in, out], with F_k [in₁, out₁], S_k [in₂,
 * out₂], in = in₁·in₂ and out = out₁·out₂; each factor is whole, or a product of rank r. (LSR-Adapt has such sums for A
 * and B of ΔW = c·A·B.) Immutable, so threads may share it.
 *
 * <p>The papers write ΔW as [out, in]: their factors are the transposes of the factors here.
 *
 * @param method the method, which determines the whole factors, the shared factors and the initialization
 * @param terms the number of products
 * @param in the split of the input width
 * @param out the split of the output width
 * @param rank r of the factors that are products; 0 if all are whole
 * @param scaling c
 * @param seed seed of the initialization; with the layer's name it determines each adapter's own parameters, alone it
 *     determines the shared ones
 */
public record KroneckerConfig(
        KroneckerMethod method, int terms, FactorSplit in, FactorSplit out, int rank, double scaling, long seed)
        implements AdapterConfig {

    /** The {@link #kind()} of all methods. */
    public static final String KIND = "kronecker";

    private static final int MOST_TERMS = 1 << 16;
    private static final long SEED = 1;

    /** Checks the ranges; widths and rank are checked against a layer when it is adapted. */
    public KroneckerConfig {
        Require.argument(
                terms >= 1 && terms <= MOST_TERMS, "number of terms is %d, expected 1 to %d", terms, MOST_TERMS);
        Require.argument(rank >= 0, "rank of the factors is %d, expected >= 0", rank);
        Require.argument(
                rank == 0 || method.thinSecond(),
                "rank of the factors is %d, expected 0: those of %s are whole",
                rank,
                method.label());
        Require.argument(Double.isFinite(scaling), "scaling is %s, expected a finite number", scaling);
    }

    /**
     * LoKr as in PEFT: ΔWᵀ = (α/r)·w1 ⊗ (w2_a·w2_b), w1 [out₁, in₁] whole. Widths are split as evenly as possible, the
     * smaller ones first ({@code decompose_factor} −1). If r is not below half of w2's larger side, PEFT silently makes
     * w2 whole; here such an r is refused, and r = 0 makes w2 whole.
     *
     * @param r rank of w2; 0 for a whole one
     * @param alpha α; with a whole w2 it is c
     */
    public static KroneckerConfig lokr(int r, double alpha) {
        return new KroneckerConfig(
                KroneckerMethod.LOKR, 1, FactorSplit.BALANCED, FactorSplit.BALANCED, r, alpha / Math.max(1, r), SEED);
    }

    /** KronA: ΔW = s·(A ⊗ B). The most even split of the widths has the fewest parameters; {@link #withSplits} sets other splits. */
    public static KroneckerConfig krona(double scaling) {
        return new KroneckerConfig(
                KroneckerMethod.KRONA, 1, FactorSplit.BALANCED, FactorSplit.BALANCED, 0, scaling, SEED);
    }

    /**
     * CDKA: ΔWᵀ = (α/√r)·Σ_i B_i ⊗ A_i of r terms, B_i [out/r₁, r₂] and A_i [r₁, in/r₂], with the scaling of rsLoRA as
     * in the authors' settings. They recommend r₁ = 2, r₂ = 8, r = 4 and α = 64.
     *
     * @param r1 r₁, a divisor of the output width
     * @param r2 r₂, a divisor of the input width
     * @param r the number of terms
     * @param alpha α
     */
    public static KroneckerConfig cdka(int r1, int r2, int r, double alpha) {
        return new KroneckerConfig(
                KroneckerMethod.CDKA,
                r,
                FactorSplit.ofFirst(r2),
                FactorSplit.ofSecond(r1),
                0,
                alpha / Math.sqrt(r),
                SEED);
    }

    /**
     * KAdaptation: ΔW = c·Σ_i A_i ⊗ B_i of n terms, with both factors products of rank r. All layers of one size with
     * the same last part of their names (all query projections, all value projections) share the A_i [n, n]; each layer
     * has its own B_i [in/n, out/n]. The authors' code has n = 32, r = 1, c = 160, and also a trained bias and dropout
     * on ΔW, which are left out here.
     *
     * @param n the number of terms, and the size of the A_i; a divisor of both widths
     * @param r rank of the factors; 0 for whole ones
     * @param scaling c
     */
    public static KroneckerConfig kadaptation(int n, int r, double scaling) {
        return new KroneckerConfig(
                KroneckerMethod.KADAPTATION, n, FactorSplit.ofFirst(n), FactorSplit.ofFirst(n), r, scaling, SEED);
    }

    /** The same configuration with other splits of the widths. */
    public KroneckerConfig withSplits(FactorSplit newIn, FactorSplit newOut) {
        return new KroneckerConfig(method, terms, newIn, newOut, rank, scaling, seed);
    }

    @Override
    public KroneckerConfig withSeed(long newSeed) {
        return new KroneckerConfig(method, terms, in, out, rank, scaling, newSeed);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("method", method.label());
        settings.put("terms", terms);
        settings.put("split of the inputs", in.toString());
        settings.put("split of the outputs", out.toString());
        settings.put("rank of the factors", rank == 0 ? "whole" : rank);
        settings.put("effective scaling", scaling);
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return switch (method) {
            case LOKR, KRONA -> 1e-2;
            case KADAPTATION -> 2e-3;
            case CDKA -> 1e-3;
        };
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        return shape(layer.name(), layer.inFeatures(), layer.outFeatures());
    }

    /** The shape for a layer of the given size; throws an {@link IllegalArgumentException} if it does not fit. */
    public KroneckerShape shape(String layer, int inWidth, int outWidth) {
        int in1 = in.firstOf("input", inWidth);
        int out1 = out.firstOf("output", outWidth);
        return new KroneckerShape(
                terms,
                new KroneckerShape.Factor(in1, out1, firstRank()),
                new KroneckerShape.Factor(inWidth / in1, outWidth / out1, secondRank()),
                sharedBy(layer).map(part -> new KroneckerShape.Fellows(this, part)));
    }

    /**
     * The last part of the layer's name, such as {@code query}, which selects the layers that share first factors with
     * it; empty if the method shares none.
     */
    public Optional<String> sharedBy(String layer) {
        return method.sharesFirst() ? Optional.of(layer.substring(layer.lastIndexOf('.') + 1)) : Optional.empty();
    }

    /** The rank of the first factors; 0 if they are whole. */
    public int firstRank() {
        return method.thinFirst() ? rank : 0;
    }

    /** The rank of the second factors; 0 if they are whole. */
    public int secondRank() {
        return method.thinSecond() ? rank : 0;
    }
}
