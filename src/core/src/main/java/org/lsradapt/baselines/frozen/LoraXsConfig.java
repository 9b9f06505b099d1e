package org.lsradapt.baselines.frozen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * LoRA-XS (Bałazy et al., arXiv 2405.17604): ΔW = (α/r)·A·R·B with A = U·Σ and B = Vᵀ of the r largest singular values
 * of the frozen W; R [r, r] is trained and initialized N(0, 10⁻¹⁰). Immutable, so threads may share it.
 *
 * <p>A and B are computed from W in double when an adapter is made, and not saved. The sign of each pair of singular
 * vectors makes the largest element of B's row positive. If two of the singular values agree to about 10⁻¹⁰ of the
 * largest one, their vectors are not determined, and a saved R is useless elsewhere.
 *
 * @param rank r
 * @param alpha α
 * @param seed seed of R's initialization, with the layer's name
 */
public record LoraXsConfig(int rank, double alpha, long seed) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "lora-xs";

    private static final double ALPHA = 16;
    private static final double USUAL_RATE = 4e-3;

    /** Checks the ranges; r is checked against a layer when it is adapted. */
    public LoraXsConfig {
        Require.argument(rank >= 1, "LoRA-XS: rank r is %d, expected >= 1", rank);
        Require.argument(Double.isFinite(alpha), "LoRA-XS: alpha is %s, expected a finite number", alpha);
    }

    /** A configuration with the authors' α of 16. */
    public static LoraXsConfig of(int rank) {
        return new LoraXsConfig(rank, ALPHA, 1);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public LoraXsConfig withSeed(long newSeed) {
        return new LoraXsConfig(rank, alpha, newSeed);
    }

    /** The factor α/r. */
    public double scaling() {
        return alpha / rank;
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", rank);
        settings.put("alpha", alpha);
        settings.put("effective scaling", scaling());
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return USUAL_RATE;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        int most = Math.min(layer.inFeatures(), layer.outFeatures());
        Require.argument(
                rank <= most,
                "LoRA-XS: rank r is %d, expected at most %d, the number of singular values of a weight [%d, %d]",
                rank,
                most,
                layer.inFeatures(),
                layer.outFeatures());
        return new LoraXsStack.Shape(layer.inFeatures(), layer.outFeatures(), rank);
    }

    /** The names of a layer's parameters: R. */
    public static List<String> names(String layer) {
        return List.of(layer + ".lora_xs_R");
    }
}
