package org.lsradapt.lsr.shared;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * LSR with the layer as a dimension of the separated representation: ΔW(l) = c·A(l)·B(l) with A(l) = Σ_k g_k(l)·A_k^(1) ⊗
 * A_k^(2) [in, r] and B(l) [r, out] likewise, with coefficients of its own; or, with r = 0, ΔW(l) = c·Σ_k g_k(l)·F_k ⊗ S_k.
 * All adapted layers of one size share the Kronecker factors, and each has s coefficients g(l) per sum. Immutable, so
 * threads may share it.
 *
 * <p>L layers of one size have s·(Σ_i in_i·r_i + Σ_i r_i·out_i + 2·L) parameters, or with r = 0 s·(Σ_i in_i·out_i + L).
 *
 * @param bottleneckRank r, the inner dimension of A·B; 0 for Kronecker terms of the whole ΔW
 * @param separationRank s, the number of terms of each sum
 * @param inFactors two sizes whose product is the layer's input width; empty for the balanced split
 * @param outFactors two sizes whose product is the layer's output width; empty for the balanced split
 * @param rankFactors two sizes whose product is r; empty for the balanced split, and if r is 0
 * @param scaling c
 * @param seed seed of the initialization; with the layer's name it determines the coefficients, alone the shared factors
 */
public record SharedConfig(
        int bottleneckRank,
        int separationRank,
        List<Integer> inFactors,
        List<Integer> outFactors,
        List<Integer> rankFactors,
        double scaling,
        long seed)
        implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "lsr-shared";

    private static final String PREFIX = ".lsr_shared_";
    private static final int MOST_TERMS = 1 << 16;
    /** The most elements that a sum's terms, which are built, may have: small factors can multiply up to any size. */
    private static final long MOST_NUMBERS = 1L << 28;

    private static final int FACTORS = 2;

    /** Checks the ranges; sizes of in and out are checked against a layer when it is adapted. */
    public SharedConfig {
        Require.argument(bottleneckRank >= 0, "bottleneck rank r is %d, expected >= 0", bottleneckRank);
        Require.argument(
                separationRank >= 1 && separationRank <= MOST_TERMS,
                "separation rank s is %d, expected 1 to %d",
                separationRank,
                MOST_TERMS);
        Require.argument(Double.isFinite(scaling), "scaling is %s, expected a finite number", scaling);
        inFactors = List.copyOf(inFactors);
        outFactors = List.copyOf(outFactors);
        rankFactors = List.copyOf(rankFactors);
        Require.argument(
                bottleneckRank > 0 || rankFactors.isEmpty(),
                "rank factor sizes %s, expected none without a bottleneck rank",
                rankFactors);
        if (bottleneckRank > 0) {
            sizes("rank", rankFactors, bottleneckRank);
        }
    }

    /** Sums for A and B with balanced splits and the c of {@link org.lsradapt.lsr.LsrConfig#defaults}, 4. */
    public static SharedConfig of(int bottleneckRank, int separationRank) {
        return new SharedConfig(bottleneckRank, separationRank, List.of(), List.of(), List.of(), 4, 1);
    }

    /** Kronecker terms of the whole ΔW with balanced splits and c = 1. */
    public static SharedConfig ofWhole(int separationRank) {
        return new SharedConfig(0, separationRank, List.of(), List.of(), List.of(), 1, 1);
    }

    /** The same configuration with other splits of the widths. */
    public SharedConfig withSplits(List<Integer> in, List<Integer> out) {
        return new SharedConfig(bottleneckRank, separationRank, in, out, rankFactors, scaling, seed);
    }

    /** The same configuration with another number of terms. */
    public SharedConfig withTerms(int newSeparationRank) {
        return new SharedConfig(bottleneckRank, newSeparationRank, inFactors, outFactors, rankFactors, scaling, seed);
    }

    @Override
    public SharedConfig withSeed(long newSeed) {
        return new SharedConfig(bottleneckRank, separationRank, inFactors, outFactors, rankFactors, scaling, newSeed);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", bottleneckRank == 0 ? "none" : bottleneckRank);
        settings.put("separation rank s", separationRank);
        settings.put("input factors", orBalanced(inFactors));
        settings.put("output factors", orBalanced(outFactors));
        if (bottleneckRank > 0) {
            settings.put("rank factors", orBalanced(rankFactors));
        }
        settings.put("effective scaling", scaling);
        return settings;
    }

    private static Object orBalanced(List<Integer> sizes) {
        return sizes.isEmpty() ? "balanced" : sizes;
    }

    @Override
    public double usualLearningRate() {
        return bottleneckRank == 0 ? 1e-2 : 8e-3;
    }

    @Override
    public SharedShape shape(FrozenLinear layer) {
        return shape(layer.inFeatures(), layer.outFeatures());
    }

    /** The shape for layers of a size; throws an {@link IllegalArgumentException} if the splits do not fit it. */
    public SharedShape shape(int in, int out) {
        FactorSizes.requireRank(bottleneckRank, in, out);
        List<Integer> inSizes = sizes("input", inFactors, in);
        List<Integer> outSizes = sizes("output", outFactors, out);
        List<Integer> inner = bottleneckRank == 0 ? List.of() : sizes("rank", rankFactors, bottleneckRank);
        List<SharedShape.Sum> sums = bottleneckRank == 0
                ? List.of(new SharedShape.Sum(inSizes, outSizes))
                : List.of(new SharedShape.Sum(inSizes, inner), new SharedShape.Sum(inner, outSizes));
        for (SharedShape.Sum sum : sums) {
            Require.argument(
                    sum.elements() <= MOST_NUMBERS / separationRank,
                    "%d terms of [%d, %d] have more than %d numbers, expected fewer terms",
                    separationRank,
                    sum.height(),
                    sum.width(),
                    MOST_NUMBERS);
        }
        return new SharedShape(this, sums);
    }

    private static List<Integer> sizes(String name, List<Integer> explicit, int size) {
        return explicit.isEmpty()
                ? FactorSizes.balanced(size, FACTORS)
                : FactorSizes.check(name, explicit, size, FACTORS);
    }

    /** The names of the shared factors: {@code lsr_shared_A1, A2, B1, B2}, or {@code lsr_shared_1, 2} with r = 0. */
    public List<String> factorNames(String layer) {
        return names(layer).stream().filter(name -> !name.endsWith("g")).toList();
    }

    /** The names of a layer's parameters: of each sum the factors, then the coefficients {@code lsr_shared_g}. */
    public List<String> names(String layer) {
        List<String> names = new ArrayList<>();
        for (String side : bottleneckRank == 0 ? List.of("") : List.of("A", "B")) {
            for (int i = 1; i <= FACTORS; i++) {
                names.add(layer + PREFIX + side + i);
            }
            names.add(layer + PREFIX + side + (side.isEmpty() ? "g" : "_g"));
        }
        return names;
    }
}
