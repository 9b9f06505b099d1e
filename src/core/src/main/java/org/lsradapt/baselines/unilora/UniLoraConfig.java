package org.lsradapt.baselines.unilora;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * Uni-LoRA (Li et al., arXiv 2506.00799): ΔW = A·B with A [in, r] and B [r, out], where each element of A and B of all
 * adapted layers is one number of one trained vector θ, divided by the square root of the number of its places. Each
 * number has ⌊D/d⌋ or ⌈D/d⌉ of the D places, drawn at random, so that the map from θ to A and B preserves lengths. θ is
 * drawn from [−bound, bound], and so ΔW does not start at 0. Immutable, so threads may share it.
 *
 * <p>The places depend on the seed and on which layers are adapted, not on their order. PEFT draws other places.
 *
 * @param rank r ({@code r} in PEFT)
 * @param length d, the number of parameters ({@code theta_d_length}), at most that of all places
 * @param bound the largest initial absolute value ({@code init_theta_d_bound}), > 0
 * @param seed seed of the places and of θ
 */
public record UniLoraConfig(int rank, int length, double bound, long seed) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "uni-lora";

    /** Checks the ranges; r is checked against a layer when it is adapted, and d against all of them. */
    public UniLoraConfig {
        Require.argument(rank >= 1, "Uni-LoRA: rank r is %d, expected >= 1", rank);
        Require.argument(length >= 1, "Uni-LoRA: the vector has %d numbers, expected >= 1", length);
        Require.argument(
                bound > 0 && Double.isFinite(bound), "Uni-LoRA: bound is %s, expected a finite number > 0", bound);
    }

    /** PEFT's r and bound, 4 and 0.02, for a vector of d numbers. */
    public static UniLoraConfig of(int length) {
        return new UniLoraConfig(4, length, 0.02, 1);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public UniLoraConfig withSeed(long newSeed) {
        return new UniLoraConfig(rank, length, bound, newSeed);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", rank);
        settings.put("length d", length);
        settings.put("initial bound", bound);
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return 3.2e-2;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        int least = Math.min(layer.inFeatures(), layer.outFeatures());
        Require.argument(rank <= least, "Uni-LoRA: rank r is %d, expected at most the smaller width %d", rank, least);
        return new UniLoraStack.Shape(this);
    }

    /** The name of a layer's only parameter, θ, which is that of all layers. */
    public static String name(String layer) {
        return layer + ".uni_lora_theta";
    }
}
