package org.lsradapt.baselines.composed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * ΔW = c·Σ_k F_k ⊗ S_k, where each term is a KronA with its own split. F_k [in_k, out_k] is drawn and S_k [in/in_k,
 * out/out_k] is 0 at first, and so is ΔW. A split may occur several times. Immutable, so threads may share it.
 *
 * @param inFirst in_k of each term, divisors of the input width
 * @param outFirst out_k of each term, divisors of the output width
 * @param scaling c
 * @param seed seed of the initialization, with the layer's name
 */
public record MixedConfig(List<Integer> inFirst, List<Integer> outFirst, double scaling, long seed)
        implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "kronecker-mixed";

    private static final int MOST_TERMS = 1 << 10;
    private static final double USUAL_RATE = 1e-2;

    /** Checks the ranges; widths are checked against a layer when it is adapted. */
    public MixedConfig {
        inFirst = List.copyOf(inFirst);
        outFirst = List.copyOf(outFirst);
        Require.argument(
                !inFirst.isEmpty() && inFirst.size() == outFirst.size() && inFirst.size() <= MOST_TERMS,
                "mixed sum: first factors have inputs %s and outputs %s, expected one of each per term, of 1 to %d terms",
                inFirst,
                outFirst,
                MOST_TERMS);
        for (int k = 0; k < inFirst.size(); k++) {
            Require.argument(
                    inFirst.get(k) >= 1 && outFirst.get(k) >= 1,
                    "mixed sum: a first factor is [%d, %d], expected at least 1 by 1",
                    inFirst.get(k),
                    outFirst.get(k));
        }
        Require.argument(Double.isFinite(scaling), "mixed sum: scaling is %s, expected a finite number", scaling);
    }

    /** Terms whose first factors are square, such as 6, 64 and 16 for 6·64, 64·6 and 16·24. */
    public static MixedConfig of(List<Integer> first) {
        return new MixedConfig(first, first, 1, 1);
    }

    List<KroneckerConfig> terms() {
        List<KroneckerConfig> terms = new ArrayList<>();
        for (int k = 0; k < inFirst.size(); k++) {
            terms.add(KroneckerConfig.krona(scaling)
                    .withSplits(FactorSplit.ofFirst(inFirst.get(k)), FactorSplit.ofFirst(outFirst.get(k)))
                    .withSeed(seed));
        }
        return terms;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public MixedConfig withSeed(long newSeed) {
        return new MixedConfig(inFirst, outFirst, scaling, newSeed);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("inputs of the first factors", inFirst);
        settings.put("outputs of the first factors", outFirst);
        settings.put("effective scaling", scaling);
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return USUAL_RATE;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        return ComposedStack.Shape.of(this, layer);
    }

    /** The names of a layer's parameters: first and second factor of each term. */
    public static List<String> names(String layer, int terms) {
        List<String> names = new ArrayList<>();
        for (int k = 1; k <= terms; k++) {
            names.add(layer + ".kronecker_first_" + k);
            names.add(layer + ".kronecker_second_" + k);
        }
        return names;
    }
}
